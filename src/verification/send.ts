/** The use case behind `startVerification` and its email and phone forms. */
import type { Principal } from '../access/principal.js';
import type { Database } from '../entities/database.js';
import { GatewayError } from '../kernel/errors.js';
import { newId } from '../kernel/ids.js';
import type { KeyRing } from '../kernel/key-ring.js';
import type { Sealed } from '../kernel/seal.js';
import type { ProviderRegistry } from '../providers/registry.js';
import type { Accept } from './accept.js';
import { findRepetition, idempotencyOf } from './idempotency.js';
import { checkBounds, chooseLocale, contactKindOf, type Terms } from './plan.js';
import { type PlannedStep, planStep, type StepInput } from './plan-step.js';
import { type Refusal, refusal } from './problems.js';
import type { VerificationRecord } from './record.js';
import { sealGrant } from './upstream-grant.js';

export interface SendDeps {
  readonly database: Database;
  readonly accept: Accept;
  readonly codeKeys: KeyRing;
  readonly userTokenKeys: KeyRing;
  readonly providers: ProviderRegistry;
}

export interface SendInput extends Terms {
  readonly customerId: string;
  /** In the order in which failover takes them. */
  readonly steps: readonly StepInput[];
  readonly idempotencyKey: string | undefined;
  readonly requestId: string;
}

export type SendOutcome = { readonly outcome: 'SENT'; readonly verification: VerificationRecord } | Refusal;

/**
 * Accepts a verification: its rows and its delivery job are committed together, and the message follows.
 *
 * @throws {GatewayError} BAD_USER_INPUT, FORBIDDEN, IDEMPOTENCY_CONFLICT
 */
export async function sendVerification(deps: SendDeps, principal: Principal, input: SendInput): Promise<SendOutcome> {
  checkBounds(input);
  const { requestId, idempotencyKey, ...meaning } = input;
  const idempotency = idempotencyOf(idempotencyKey, meaning);
  const { pool } = deps.database;
  const repetition = idempotency && (await findRepetition(pool, principal, idempotency));
  if (repetition) return { outcome: 'SENT', verification: repetition };

  const steps = [];
  for (const step of input.steps) {
    const planned = await planStep(deps, principal, input.customerId, { ...step, terms: input });
    if ('outcome' in planned) return planned;
    steps.push(planned);
  }
  const first = steps[0];
  if (!first) return refusal('NO_NEXT_STEP');
  const id = newId();
  const verification = await deps.accept({
    world: principal,
    requestId,
    id,
    customerId: input.customerId,
    contactKind: contactKindOf(first.channel),
    locale: chooseLocale(input.locale, first.customerLocale, first.contact, principal.workspace.defaultLocale),
    codeLength: input.codeLength,
    timeoutSeconds: input.timeoutSeconds,
    maxAttempts: input.maxAttempts,
    codeKeyId: deps.codeKeys.current.id,
    steps: steps.map(({ channel, contact, provider, template, content }) => {
      return { channel, recipient: contact.value, identity: contact.identity, provider, template, content };
    }),
    grant: grantOf(deps, principal, id, steps),
    isExpired: first.isExpired,
    idempotency,
  });
  if (verification) return { outcome: 'SENT', verification };
  // Another caller took the key a moment ago; what it wrote is committed, or was undone.
  const winner = idempotency && (await findRepetition(pool, principal, idempotency));
  if (winner) return { outcome: 'SENT', verification: winner };
  throw new GatewayError('SERVICE_UNAVAILABLE', 'Another call with this idempotency key failed; try again.');
}

/** The caller's own token, for the queue to send with, where one of the providers asks for it. */
function grantOf(deps: SendDeps, principal: Principal, id: string, steps: readonly PlannedStep[]): Sealed | undefined {
  const { userToken } = principal;
  const isNeeded = steps.some((step) => deps.providers.find(step.provider)?.capabilities.needs?.includes('userToken'));
  return isNeeded && userToken !== undefined ? sealGrant(deps.userTokenKeys, principal, id, userToken) : undefined;
}
