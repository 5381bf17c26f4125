/** The use case behind `startVerification`, its email and phone forms, and the link. */
import type { Principal } from '../access/principal.js';
import type { Database } from '../entities/database.js';
import { contactKindOf } from '../entities/verification-step.js';
import { GatewayError } from '../kernel/errors.js';
import { newId } from '../kernel/ids.js';
import type { InTurn } from '../kernel/in-turn.js';
import type { KeyRing } from '../kernel/key-ring.js';
import { allowedRedirect } from '../kernel/redirect.js';
import type { Sealed } from '../kernel/seal.js';
import { chooseLocale } from '../messages/locale.js';
import type { ProviderRegistry } from '../providers/registry.js';
import type { Accept } from './accept.js';
import { findRepetition, type Idempotency, idempotencyOf } from './idempotency.js';
import type { LinkTerms, NewVerification } from './new-verification.js';
import { checkBounds, type Terms } from './plan.js';
import { type PlannedStep, planStep, type StepInput } from './plan-step.js';
import { type Refusal, refusal } from './problems.js';
import type { VerificationRecord } from './record.js';
import { releasedOnFailure, type SendCaps } from './send-caps.js';
import { sealGrant } from './upstream-grant.js';

export interface SendDeps {
  readonly database: Database;
  readonly accept: Accept;
  readonly codeKeys: KeyRing;
  readonly linkKeys: KeyRing;
  readonly userTokenKeys: KeyRing;
  readonly providers: ProviderRegistry;
  readonly sendCaps: SendCaps;
  readonly inTurn: InTurn;
}

export interface SendInput extends Terms {
  readonly customerId: string;
  /** Makes it a verification by link. `redirectUri` is the caller's text. */
  readonly link?: LinkTerms;
  /** In the order in which failover takes them. */
  readonly steps: readonly StepInput[];
  readonly idempotencyKey: string | undefined;
  readonly requestId: string;
  /** Whom the message is counted against, beside its recipient. */
  readonly clientIp: string;
}

export type SendOutcome = { readonly outcome: 'SENT'; readonly verification: VerificationRecord } | Refusal;

/**
 * Accepts a verification: its rows and its delivery job are committed together, and the message follows.
 *
 * @throws {GatewayError} BAD_USER_INPUT, FORBIDDEN, IDEMPOTENCY_CONFLICT
 */
export async function sendVerification(deps: SendDeps, principal: Principal, input: SendInput): Promise<SendOutcome> {
  checkBounds(input, kindOf(input));
  const { requestId, clientIp, idempotencyKey, ...meaning } = input;
  const idempotency = idempotencyOf(principal, idempotencyKey, meaning);
  if (!idempotency) return sendOnce(deps, principal, input, undefined);
  // One after another: all callers with one key who came at once would be counted against the caps, for one message.
  const name = JSON.stringify([principal.workspaceId, principal.mode, idempotency.key.toString('base64')]);
  return deps.inTurn(name, async () => {
    const repetition = await repeated(deps, principal, idempotency);
    return repetition ?? sendOnce(deps, principal, input, idempotency);
  });
}

const kindOf = ({ link }: SendInput) => (link ? 'LINK' : 'CODE');

async function repeated({ database }: SendDeps, principal: Principal, idempotency: Idempotency | undefined) {
  const verification = idempotency && (await findRepetition(database.pool, principal, idempotency));
  return verification && ({ outcome: 'SENT', verification } as const);
}

async function sendOnce(
  deps: SendDeps,
  principal: Principal,
  input: SendInput,
  idempotency: Idempotency | undefined,
): Promise<SendOutcome> {
  const { requestId, clientIp, codeLength } = input;
  const kind = kindOf(input);
  const link = input.link && onList(principal.workspace.redirectUris, input.link);
  if (input.link && !link) return refusal('REDIRECT_NOT_ALLOWED');
  const steps = [];
  for (const step of input.steps) {
    const planned = await planStep(deps, principal, input.customerId, { ...step, kind, terms: input });
    if ('outcome' in planned) return planned;
    steps.push(planned);
  }
  const first = steps[0];
  if (!first) return refusal('NO_NEXT_STEP');
  const taken = await deps.sendCaps.take(principal, first.contact, { principal, clientIp });
  // Another process may have sent it meanwhile, under this key.
  if ('outcome' in taken) return (await repeated(deps, principal, idempotency)) ?? taken;
  // Failover texts a number in its country's language too, where the list begins with an email.
  const spoken = steps.find(({ contact }) => contact.kind === 'PHONE')?.contact ?? first.contact;
  const id = newId();
  const fresh: NewVerification = {
    world: principal,
    requestId,
    id,
    customerId: input.customerId,
    contactKind: contactKindOf(first.channel),
    isLocaleNamed: input.locale !== undefined,
    locale: chooseLocale(input.locale, first.customerLocale, spoken, principal.workspace.defaultLocale),
    link,
    codeLength,
    timeoutSeconds: input.timeoutSeconds,
    maxAttempts: input.maxAttempts,
    codeKeyId: (link ? deps.linkKeys : deps.codeKeys).current.id,
    steps: steps.map(({ channel, contact, provider, template, content }) => {
      return { channel, recipient: contact.value, identity: contact.identity, provider, template, content };
    }),
    grant: grantOf(deps, principal, id, steps),
    isExpired: first.isExpired,
    idempotency,
  };
  const verification = await releasedOnFailure(taken, () => deps.accept(fresh));
  if (verification) return { outcome: 'SENT', verification };
  // Another caller took the key a moment ago; what it wrote is committed, or was undone.
  await taken.release();
  const winner = await repeated(deps, principal, idempotency);
  if (winner) return winner;
  throw new GatewayError('SERVICE_UNAVAILABLE', 'Another call with this idempotency key failed; try again.');
}

/** The same with the list's own entry, which is all that is ever stored, or undefined where there is none. */
function onList(list: readonly string[], link: LinkTerms): LinkTerms | undefined {
  const redirectUri = allowedRedirect(list, link.redirectUri);
  return redirectUri === undefined ? undefined : { ...link, redirectUri };
}

/** The caller's own token, for the queue to send with, where one of the providers asks for it. */
function grantOf(deps: SendDeps, principal: Principal, id: string, steps: readonly PlannedStep[]): Sealed | undefined {
  const { userToken } = principal;
  const isNeeded = steps.some((step) => deps.providers.find(step.provider)?.capabilities.needs?.includes('userToken'));
  return isNeeded && userToken !== undefined ? sealGrant(deps.userTokenKeys, principal, id, userToken) : undefined;
}
