/** The use case behind `sendEmailVerification` and `sendPhoneVerification`. */
import type { Principal, World } from '../access/principal.js';
import { type Connection, type Database, runOne } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import type { Contact, ContactKind } from '../kernel/contact.js';
import { newId } from '../kernel/ids.js';
import type { KeyRing } from '../kernel/key-ring.js';
import type { ProviderRegistry } from '../providers/registry.js';
import type { Accept } from './accept.js';
import { checkBounds, chooseLocale, contactKindOf, noRecipient, type PlanInput, parseRecipient } from './plan.js';
import { type Refusal, refusal } from './problems.js';
import type { VerificationRecord } from './record.js';

export interface SendDeps {
  readonly database: Database;
  readonly accept: Accept;
  readonly codeKeys: KeyRing;
  readonly providers: ProviderRegistry;
}

export interface SendInput extends PlanInput {
  readonly customerId: string;
  readonly requestId: string;
}

export type SendOutcome = { readonly outcome: 'SENT'; readonly verification: VerificationRecord } | Refusal;

/**
 * Accepts a verification: its row and its delivery job are committed together, and the message follows.
 *
 * @throws {GatewayError} BAD_USER_INPUT
 */
export async function sendVerification(deps: SendDeps, principal: Principal, input: SendInput): Promise<SendOutcome> {
  checkBounds(input);
  const { channel } = input;
  const live = principal.mode === 'LIVE';
  const kind = contactKindOf(channel);
  const named = input.recipient === undefined ? undefined : parseRecipient(channel, input.recipient, live);

  const known = await findRecipient(deps.database.pool, principal, input.customerId, kind, named);
  if (!known) return refusal('NOT_FOUND');
  const contact = named ?? parseRecipient(channel, known.value ?? noRecipient(channel), live);
  const { eligibleCountries, defaultLocale } = principal.workspace;
  if (kind === 'PHONE' && !eligibleCountries.includes(contact.country ?? '')) return refusal('COUNTRY_NOT_ELIGIBLE');
  if (known.verified_by_customer === input.customerId) return refusal('ALREADY_VERIFIED');
  if (known.verified_by_customer !== null) return refusal('CONTACT_IN_USE');
  const provider = deps.providers.choose(channel, principal.mode);
  if (!provider) return refusal('CHANNEL_NOT_AVAILABLE');

  const verification = await deps.accept({
    world: principal,
    requestId: input.requestId,
    id: newId(),
    customerId: input.customerId,
    contactKind: kind,
    locale: chooseLocale(input.locale, known.locale, contact, defaultLocale),
    codeLength: input.codeLength,
    timeoutSeconds: input.timeoutSeconds,
    maxAttempts: input.maxAttempts,
    codeKeyId: deps.codeKeys.current.id,
    channel,
    recipient: contact.value,
    identity: contact.identity,
    provider: provider.name,
    template: 'code',
  });
  return { outcome: 'SENT', verification };
}

interface Recipient {
  /** The customer's primary contact of this kind. */
  value: string | null;
  locale: string | null;
  /** The customer who has verified the recipient, if anybody has. */
  verified_by_customer: string | null;
}

const FIND_RECIPIENT = prepared(`
  select c.locale, p.value, o.customer_id as verified_by_customer
  from customer c
  left join contact_point p on p.workspace_id = c.workspace_id and p.mode = c.mode
    and p.id = case $4 when 'EMAIL' then c.primary_email_id else c.primary_phone_id end
  left join contact_point o on o.workspace_id = c.workspace_id and o.mode = c.mode and o.kind = $4
    and o.identity = coalesce($5, p.identity) and o.verified_at is not null
  where c.workspace_id = $1 and c.mode = $2 and c.id = $3 and c.deleted_at is null`);

async function findRecipient(
  pool: Connection,
  { workspaceId, mode }: World,
  customerId: string,
  kind: ContactKind,
  named: Contact | undefined,
): Promise<Recipient | undefined> {
  return runOne<Recipient>(pool, FIND_RECIPIENT, [workspaceId, mode, customerId, kind, named?.identity ?? null]);
}
