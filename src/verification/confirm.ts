/** The use case behind `confirmVerification` and its email and phone forms. */
import type { Principal, Reach, World } from '../access/principal.js';
import type { Outbox } from '../delivery/outbox.js';
import type { Database } from '../entities/database.js';
import { deriveCode, equalSecrets, readCode, TEST_CODE } from '../kernel/codes.js';
import { badInput, GatewayError } from '../kernel/errors.js';
import type { KeyRing } from '../kernel/key-ring.js';
import type { Metrics } from '../telemetry/metrics.js';
import { askUpstream, mayHaveCompared, Unanswered, type UpstreamVerdict, unavailable } from './ask-upstream.js';
import { type CountedGuess, countGuess } from './count-guess.js';
import { findVerification, obstacleTo } from './find.js';
import { giveBack } from './give-back.js';
import type { Target } from './guess-target.js';
import { refusalOf } from './machine.js';
import { type Refusal, refusal } from './problems.js';
import type { VerificationRecord } from './record.js';
import type { SendCaps } from './send-caps.js';
import { settle } from './settle.js';
import type { UpstreamDeps } from './upstream-steps.js';

export interface ConfirmDeps extends UpstreamDeps {
  readonly database: Database;
  readonly outbox: Outbox;
  readonly codeKeys: KeyRing;
  readonly sendCaps: SendCaps;
  readonly metrics: Pick<Metrics, 'verified'>;
}

export interface ConfirmInput {
  readonly target: Target;
  readonly code: string;
  readonly updatePrimary: boolean;
}

export type ConfirmOutcome =
  | { readonly outcome: 'CONFIRMED'; readonly verification: VerificationRecord }
  | { readonly outcome: 'INCORRECT'; readonly verification: VerificationRecord }
  | Refusal;

/** Where a guess is made, and by whom as far as a vendor asks. */
export type Confirming = Reach & Pick<Principal, 'userToken'>;

/**
 * Counts the guess, compares it, and settles the right one. Two statements when the code is right, one when it
 * is wrong; with `updatePrimary` the second is a transaction. One more where a vendor holds the code and is asked.
 *
 * @throws {GatewayError} BAD_USER_INPUT for a code that cannot be one; nothing is counted then. PROVIDER_UNAVAILABLE
 *   where a vendor holds the code and cannot be asked. The guess is given back then, unless another code was compared
 *   with it: always where nobody was asked, and up to a number of times where the answer was lost
 */
export async function confirmVerification(
  deps: ConfirmDeps,
  world: Confirming,
  input: ConfirmInput,
): Promise<ConfirmOutcome> {
  const { pool } = deps.database;
  const code = readCode(input.code);
  if (!/^[0-9]{4,12}$/.test(code)) throw badInput('input.code', 'a code is 4 to 12 digits');

  const counted = await countGuess(pool, world, input.target, code.length);
  if (!counted) return explain(deps, world, input.target, code.length);

  const { verification } = counted;
  // Other guesses have blocked the contacts since this one was let in.
  if (counted.identities.length === 0) return refusal('TOO_MANY');
  const verdict = await judge(deps, world, counted, { ...input, code });
  if (verdict === 'INCORRECT') return { outcome: 'INCORRECT', verification };
  if (verdict === 'ENDED') return explainEnd(deps, world, verification.id, 'EXPIRED');
  const { identity } = verdict;
  const { updatePrimary } = input;
  const settled = await settle(deps, world, { kind: 'CODE', id: verification.id, identity, updatePrimary });
  if (settled === 'IN_USE') {
    // Right, so not a failed attempt; capped, or who knows the code could ask without end whether the contact is free.
    // Only for its contact: for the others that it was compared with it stays a wrong guess.
    await giveBack(pool, world, { verification, identities: [identity] }, true);
    return refusal('CONTACT_IN_USE');
  }
  if (settled === 'GONE') return refusal('NOT_FOUND');
  if (settled === 'TAKEN') return explainEnd(deps, world, verification.id, 'FINISHED');
  deps.sendCaps.confirmed(world, identity);
  deps.metrics.verified({ ...settled.provenBy, mode: world.mode });
  return { outcome: 'CONFIRMED', verification: settled };
}

/** Compares with the gateway's own codes first, and asks those who hold others only where it is none of these. */
async function judge(
  deps: ConfirmDeps,
  world: Confirming,
  counted: CountedGuess,
  { code, updatePrimary }: Pick<ConfirmInput, 'code' | 'updatePrimary'>,
): Promise<UpstreamVerdict> {
  const { verification, identities, providers } = counted;
  const isHeldUpstream = (index: number) => deps.providers.find(providers[index] ?? '')?.custody === 'PROVIDER';
  const own = identities.filter((_, index) => !isHeldUpstream(index));
  // Codes of vendors are derived from no key of the gateway's: one that was taken out must not spend guesses at them.
  if (own.length > 0) {
    const identity = provenIdentity(deps.codeKeys, world, { verification, identities: own }, code);
    if (identity !== undefined) return { identity };
  }
  if (own.length === identities.length) return 'INCORRECT';
  const { pool } = deps.database;
  const guess = { verificationId: verification.id, identities, code, updatePrimary, userToken: world.userToken };
  try {
    const verdict = await askUpstream(pool, deps, world, guess);
    return verdict === 'ENDED' && own.length > 0 ? 'INCORRECT' : verdict;
  } catch (error) {
    const failure = error instanceof Unanswered ? error.cause : error;
    // Whoever keeps one vendor from being asked must not have guesses without end at the codes that others hold.
    const isCompared = own.length > 0 || (error instanceof Unanswered && error.isCompared);
    if (!isCompared) await giveBack(pool, world, counted, mayHaveCompared(failure));
    throw unavailable(failure);
  }
}

/** As much of a counted guess as the comparison looks at. */
export interface Guess {
  readonly verification: Pick<VerificationRecord, 'id' | 'codeLength' | 'codeKeyId'>;
  readonly identities: readonly string[];
}

/** Whose code it is, or undefined when it is nobody's. Every code is compared, so the time taken tells nothing. */
export function provenIdentity(keys: KeyRing, world: World, guess: Guess, code: string): string | undefined {
  const { verification, identities } = guess;
  // Every code of test mode is the same: it speaks for the step that is under way.
  if (world.mode === 'TEST') return equalSecrets(code, TEST_CODE) ? identities[0] : undefined;
  const key = keys.find(verification.codeKeyId);
  if (!key) {
    throw new GatewayError(
      'INTERNAL_SERVER_ERROR',
      `No key ${verification.codeKeyId} in GATEWAY_SECRET: its secret was removed while codes were under way`,
    );
  }
  const { id, codeLength } = verification;
  const proven = [...new Set(identities)].filter((identity) =>
    equalSecrets(code, deriveCode(key.key, { verificationId: id, identity }, codeLength)),
  );
  return proven[0];
}

/**
 * A guess came late: another right one was first, the verification was canceled meanwhile, or the vendor's code has
 * expired before the gateway's time.
 */
async function explainEnd(
  deps: ConfirmDeps,
  world: Reach,
  verificationId: string,
  otherwise: 'EXPIRED' | 'FINISHED',
): Promise<Refusal> {
  const found = await findVerification(deps.database.pool, world, { verificationId });
  const ended = found && refusalOf(found);
  return refusal(ended ?? otherwise);
}

// Reached only when nothing was counted, so what is read here decides about the words of the answer and nothing else.
async function explain(deps: ConfirmDeps, world: Reach, target: Target, length: number): Promise<Refusal> {
  const found = await findVerification(deps.database.pool, world, target);
  if (found?.kind !== 'CODE') return refusal('NOT_FOUND');
  const code = refusalOf(found);
  if (code) return refusal(code);
  const isTestLength = world.mode === 'TEST' && length === TEST_CODE.length;
  if (length !== found.codeLength && !isTestLength)
    throw badInput('input.code', `this verification's code has ${found.codeLength} digits`);
  const obstacle = await obstacleTo(deps.database.pool, world, target);
  if (obstacle) return refusal(obstacle);
  // It was refused a moment ago and would be taken now: its clock or budget changed in between. Ask to try again.
  throw new GatewayError('SERVICE_UNAVAILABLE', 'The verification changed meanwhile; try again.');
}
