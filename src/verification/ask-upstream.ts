/** Asking the vendors that hold a verification's codes about a guess. */
import type { World } from '../access/principal.js';
import type { Connection } from '../entities/database.js';
import { GatewayError } from '../kernel/errors.js';
import { DEADLINE_MS } from '../providers/http.js';
import { type CheckResult, ProviderError } from '../providers/provider.js';
import {
  findUpstreamSteps,
  isMeant,
  isSent,
  type UpstreamDeps,
  type UpstreamStep,
  withEarlier,
} from './upstream-steps.js';

export interface UpstreamGuess {
  readonly verificationId: string;
  /** Those that the caller asks about. */
  readonly identities: readonly string[];
  readonly code: string;
  readonly updatePrimary: boolean;
  readonly userToken: string | undefined;
}

/** Whose code it is; `ENDED` where no vendor takes guesses any more. */
export type UpstreamVerdict = { readonly identity: string } | Exclude<CheckResult, 'CORRECT'>;

/** It is not known whether a guess was right: nobody says yes, and one vendor has not answered. */
export class Unanswered extends Error {
  override readonly name = 'Unanswered';
  /** @param isCompared whether another vendor has compared the guess, and said no */
  constructor(
    override readonly cause: unknown,
    readonly isCompared: boolean,
  ) {
    super('A vendor that holds a code did not answer');
  }
}

/**
 * Every vendor that sent a code is asked, all at once: an earlier step's code stays good. One that says yes is enough.
 *
 * @throws {Unanswered} where none says yes and one cannot be asked
 */
export async function askUpstream(
  pool: Connection,
  deps: UpstreamDeps,
  world: World,
  { verificationId, identities, code, updatePrimary, userToken }: UpstreamGuess,
): Promise<UpstreamVerdict> {
  const steps = await findUpstreamSteps(pool, deps, world, verificationId, userToken);
  const asked = distinct(
    steps.filter((step) => identities.includes(step.identity) && canAsk(step)).flatMap(withEarlier),
  );
  // Nothing was sent so far: a guess that comes all the same is a wrong one.
  if (asked.length === 0) return 'INCORRECT';
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const answers = await Promise.allSettled(
    asked.map(({ provider, ref }) => provider.check({ ...ref, code, updatePrimary }, signal)),
  );
  const right = asked.find((_, index) => answerOf(answers[index]) === 'CORRECT');
  if (right) return { identity: right.identity };
  const failures = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as unknown] : []));
  const isCompared = answers.some((answer) => answerOf(answer) === 'INCORRECT');
  // Of several, one that may have been compared: it decides what is given back.
  if (failures.length > 0) throw new Unanswered(failures.find(mayHaveCompared) ?? failures[0], isCompared);
  return isCompared ? 'INCORRECT' : 'ENDED';
}

const answerOf = (answer: PromiseSettledResult<CheckResult> | undefined): CheckResult | undefined =>
  answer?.status === 'fulfilled' ? answer.value : undefined;

/** Whether whoever failed so may have looked at the guess first. */
export const mayHaveCompared = (failure: unknown): boolean => !(failure instanceof ProviderError) || failure.isAsked;

// A message whose answer was lost may have arrived: it can be asked about where the vendor knows the recipient.
const canAsk = (step: UpstreamStep): boolean =>
  isMeant(step) && (isSent(step) || (step.provider.knownBy === 'RECIPIENT' && step.status === 'QUEUED'));

/** A vendor that holds one verification for two steps is asked once: each question spends one of its attempts. */
function distinct(steps: readonly UpstreamStep[]): UpstreamStep[] {
  const ofRecipient = ({ provider, identity }: UpstreamStep) => JSON.stringify([provider.name, identity]);
  const named = new Set(steps.filter(({ ref }) => ref.providerRef !== undefined).map(ofRecipient));
  const found = new Map<string, UpstreamStep>();
  for (const step of steps) {
    const recipient = ofRecipient(step);
    const { providerRef } = step.ref;
    // Asked by its recipient, the vendor would look at what it is asked about by its id.
    if (providerRef === undefined && named.has(recipient)) continue;
    const name = `${recipient}${providerRef ?? ''}`;
    if (!found.has(name)) found.set(name, step);
  }
  return [...found.values()];
}

/** What the caller hears when it is not known whether the guess was right. */
export function unavailable(error: unknown): unknown {
  if (!(error instanceof ProviderError)) return error;
  const { retryAfterSeconds } = error;
  const details = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
  return new GatewayError(
    'PROVIDER_UNAVAILABLE',
    'The provider that holds the code cannot be asked right now; try again.',
    details,
    error,
  );
}
