/** One step of a new verification: to whom, by which provider, or why not. */
import type { Principal, World } from '../access/principal.js';
import { type Connection, type Database, runOne } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import type { VerificationKind } from '../entities/verification.js';
import { type Channel, contactKindOf, type StepContent } from '../entities/verification-step.js';
import type { Contact, ContactKind } from '../kernel/contact.js';
import { badInput } from '../kernel/errors.js';
import type { Need } from '../providers/capabilities.js';
import type { ProviderRegistry, RoutedStep } from '../providers/registry.js';
import { magicOf } from '../providers/test-mode.js';
import { chooseProvider, routeOf } from './choose-provider.js';
import { noRecipient, parseRecipient, type Terms } from './plan.js';
import { type Refusal, refusal } from './problems.js';
import { parseStepContent, type StepTexts } from './step-content.js';
import { isBlocked } from './targets.js';

export interface StepInput {
  readonly channel: Channel;
  /** Absent: the customer's primary contact. */
  readonly recipient: string | undefined;
  /** What the caller calls them, for errors. */
  readonly argument: { readonly step: string; readonly recipient: string };
  readonly template: string | undefined;
  readonly texts: StepTexts;
}

export interface PlannedStep {
  readonly channel: Channel;
  readonly contact: Contact;
  readonly provider: string;
  readonly template: string;
  readonly content: StepContent | null;
  readonly customerLocale: string | null;
  /** Test mode's recipient whose verification has expired before it is confirmed. */
  readonly isExpired: boolean;
}

export interface PlanDeps {
  readonly database: Database;
  readonly providers: ProviderRegistry;
}

/** What a step has of its verification. */
interface StepOf {
  readonly kind: VerificationKind;
  readonly terms: Terms;
}

const TEMPLATES = { CODE: 'code', LINK: 'link' } as const satisfies Record<VerificationKind, string>;

/** @throws {GatewayError} BAD_USER_INPUT, FORBIDDEN */
export async function planStep(
  deps: PlanDeps,
  principal: Principal,
  customerId: string,
  { kind: verificationKind, terms, ...step }: StepInput & StepOf,
): Promise<PlannedStep | Refusal> {
  const { channel, recipient, argument, texts } = step;
  const template = TEMPLATES[verificationKind];
  if (step.template !== undefined && step.template !== template)
    throw badInput(`${argument.step}.template`, `there is no such template; leave it out for \`${template}\``);
  const filling = { appName: principal.workspace.appName, codeLength: terms.codeLength };
  const content = parseStepContent(argument.step, channel, texts, filling);
  const live = principal.mode === 'LIVE';
  const kind = contactKindOf(channel);
  const named = recipient === undefined ? undefined : parseRecipient(kind, argument.recipient, recipient, live);
  const known = await findRecipient(deps.database.pool, principal, customerId, kind, named);
  if (!known) return refusal('NOT_FOUND');
  const contact =
    named ?? parseRecipient(kind, argument.recipient, known.value ?? noRecipient(kind, argument.recipient), live);
  const magic = live ? undefined : magicOf(contact.identity);
  if (magic === 'BLOCKED') return refusal('TOO_MANY');
  const { eligibleCountries } = principal.workspace;
  // A magic recipient forces its outcome wherever the workspace sends to.
  if (kind === 'PHONE' && !magic && !eligibleCountries.includes(contact.country ?? ''))
    return refusal('COUNTRY_NOT_ELIGIBLE');
  if (known.verified_by_customer === customerId) return refusal('ALREADY_VERIFIED');
  // Told at once, it would let a customer ask of any address whether somebody here holds it. Who proves that the address
  // is theirs hears it from the confirmation.
  if (known.verified_by_customer !== null && principal.customerId === undefined) return refusal('CONTACT_IN_USE');
  if (known.blocked) return refusal('TOO_MANY');
  const routed = { channel, mode: principal.mode, country: contact.country };
  const told = await toldOf(deps, verificationKind, routed, principal, customerId);
  if (contact.value === known.value) told.push('primary');
  const asked = { path: argument.step, recipient: argument.recipient, kind: verificationKind, content, told };
  const provider = chooseProvider(deps.providers, routed, terms, asked);
  if (!provider) return refusal('CHANNEL_NOT_AVAILABLE');
  return {
    channel,
    contact,
    provider: provider.name,
    template,
    content,
    customerLocale: known.locale,
    isExpired: magic === 'EXPIRED',
  };
}

const FIND_EMAIL = prepared(`
  select 1 from customer where workspace_id = $1 and mode = $2 and id = $3 and primary_email_id is not null`);

/** What the vendors of a route can be told of the customer. Asked for only where one of them needs it. */
async function toldOf(
  { providers, database }: PlanDeps,
  kind: VerificationKind,
  step: RoutedStep,
  { workspaceId, mode, userToken }: Principal,
  customerId: string,
): Promise<Need[]> {
  const needs = routeOf(providers, kind, step).flatMap(({ capabilities }) => capabilities.needs ?? []);
  const values = [workspaceId, mode, customerId];
  const hasEmail = needs.includes('email') && (await runOne(database.pool, FIND_EMAIL, values)) !== undefined;
  return [...(hasEmail ? ['email' as const] : []), ...(userToken === undefined ? [] : ['userToken' as const])];
}

interface Recipient {
  /** The customer's primary contact of this kind. */
  value: string | null;
  locale: string | null;
  /** The customer who has verified the recipient, if anybody has. */
  verified_by_customer: string | null;
  /** Whether wrong guesses have blocked the recipient. */
  blocked: boolean;
}

const FIND_RECIPIENT = prepared(`
  select c.locale, p.value, o.customer_id as verified_by_customer, ${isBlocked('coalesce($5, p.identity)')} as blocked
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
