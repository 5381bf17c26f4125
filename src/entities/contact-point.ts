import { defineEntity, p } from '@mikro-orm/core';
import { CONTACT_KINDS, worldKey } from './columns.js';

/** How a contact came to be verified. */
export const EVIDENCE = [
  'EMAIL_CODE',
  'EMAIL_LINK',
  'SMS_CODE',
  'WHATSAPP_CODE',
  'VOICE_CODE',
  'CONNECT_POLICY',
  'ATTESTED',
] as const;
export type Evidence = (typeof EVIDENCE)[number];

/** An email address or phone number of a customer. At most one customer of a world has verified it. */
export const ContactPoint = defineEntity({
  name: 'ContactPoint',
  tableName: 'contact_point',
  uniques: [
    { name: 'contact_point_of_customer_unique', properties: ['workspaceId', 'mode', 'customerId', 'kind', 'identity'] },
  ],
  indexes: [
    { name: 'contact_point_of_identity_index', properties: ['workspaceId', 'mode', 'kind', 'identity'] },
    {
      name: 'contact_point_verified_owner_unique',
      expression:
        'create unique index "contact_point_verified_owner_unique" on "contact_point" ("workspace_id", "mode", "kind", "identity") where "verified_at" is not null',
    },
  ],
  checks: [
    { name: 'contact_point_evidence_check', expression: '("verified_at" is null) = ("verified_by" is null)' },
    {
      name: 'contact_point_attested_by_check',
      expression: '"attested_by" is null or "verified_at" is not null',
    },
  ],
  properties: {
    ...worldKey,
    id: p.uuid().primary(),
    customerId: p.uuid(),
    kind: p.enum(CONTACT_KINDS),
    value: p.string().length(254),
    /** Two spellings of one mailbox are one identity. */
    identity: p.string().length(254),
    verifiedAt: p.datetime(3).nullable(),
    verifiedBy: p.enum(EVIDENCE).nullable(),
    /** Who says that they verified it, of a contact that was attested. */
    attestedBy: p.string().length(100).nullable(),
    createdAt: p.datetime(3).defaultRaw('now()'),
  },
});
