import { defineEntity, p } from '@mikro-orm/core';
import { CONTACT_KINDS, timestamps, worldKey } from './columns.js';

export const VERIFICATION_KINDS = ['CODE', 'LINK'] as const;
export type VerificationKind = (typeof VERIFICATION_KINDS)[number];

/** EXPIRED is never stored: the database's clock says it. FAILED is stored only when nothing more can be sent. */
export const VERIFICATION_STATUSES = ['PENDING', 'VERIFIED', 'FAILED', 'EXPIRED', 'CANCELED'] as const;
export type VerificationStatus = (typeof VERIFICATION_STATUSES)[number];

/** The status that callers see, in SQL: what `statusOf` of `verification/machine` says. @param v the verification's row */
export const statusSql = (v: string): string => `case when ${v}.status <> 'PENDING' then ${v}.status
       when ${v}.failed_attempts >= ${v}.max_attempts then 'FAILED'
       when ${v}.expires_at <= now() then 'EXPIRED' else 'PENDING' end`;

/** True in SQL where that is PENDING, and the verification takes guesses and sends. @param v the verification's row */
export const isOpen = (v: string): string =>
  `${v}.status = 'PENDING' and ${v}.failed_attempts < ${v}.max_attempts and ${v}.expires_at > now()`;

/** The bounds that the schema documents and the database enforces. */
export const BOUNDS = {
  codeLength: { min: 4, max: 12 },
  timeoutSeconds: { min: 30, max: 3600 },
  maxAttempts: { min: 1, max: 10 },
} as const;

/** Guesses beyond `maxAttempts` at most: neither an outage of whoever holds the code nor a contact in use buys any number. */
export const GIVEN_BACK_AT_MOST = 5;

const between = (column: string, { min, max }: { min: number; max: number }) =>
  `"${column}" >= ${min} and "${column}" <= ${max}`;

/** One attempt of a workspace to learn that a customer holds a contact. Holds no code and no token: see `kernel/codes`, `kernel/link-token`. */
export const Verification = defineEntity({
  name: 'Verification',
  tableName: 'verification',
  indexes: [
    { name: 'verification_of_customer_index', properties: ['workspaceId', 'mode', 'customerId', 'contactKind', 'id'] },
  ],
  checks: [
    {
      name: 'verification_code_length_check',
      expression: `case "kind" when 'LINK' then "code_length" = 0 else ${between('code_length', BOUNDS.codeLength)} end`,
    },
    { name: 'verification_timeout_check', expression: between('timeout_seconds', BOUNDS.timeoutSeconds) },
    { name: 'verification_max_attempts_check', expression: between('max_attempts', BOUNDS.maxAttempts) },
    { name: 'verification_given_back_check', expression: between('given_back', { min: 0, max: GIVEN_BACK_AT_MOST }) },
    { name: 'verification_resends_check', expression: '"resends" >= 0' },
    {
      name: 'verification_attempts_check',
      expression: '"failed_attempts" >= 0 and "failed_attempts" <= "max_attempts"',
    },
    { name: 'verification_verified_check', expression: `("status" = 'VERIFIED') = ("verified_at" is not null)` },
  ],
  properties: {
    ...worldKey,
    id: p.uuid().primary(),
    customerId: p.uuid(),
    kind: p.enum(VERIFICATION_KINDS).default('CODE'),
    contactKind: p.enum(CONTACT_KINDS),
    status: p.enum(VERIFICATION_STATUSES).default('PENDING'),
    locale: p.string().length(35),
    /** Whether the caller named it: one that was chosen binds no provider. */
    isLocaleNamed: p.boolean().default(true),
    /** 0 for a link. */
    codeLength: p.smallint(),
    timeoutSeconds: p.smallint(),
    maxAttempts: p.smallint(),
    failedAttempts: p.smallint().default(0),
    /** Attempts that were given back: nobody could say whether the guess was right, or it was and the contact is in use. */
    givenBack: p.smallint().default(0),
    currentStepIndex: p.smallint().default(0),
    /** How often a message was sent again, in any step: the cooldown grows with it. */
    resends: p.smallint().default(0),
    /** Which key of its ring the code or the link is derived with. */
    codeKeyId: p.string().columnType('char(8)'),
    expiresAt: p.datetime(3),
    resendAvailableAt: p.datetime(3),
    verifiedAt: p.datetime(3).nullable(),
    ...timestamps,
  },
});
