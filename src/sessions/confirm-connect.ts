/** The use case behind `confirmConnectCode`: a right code verifies the phone and starts a session, in one transaction. */
import type { Principal } from '../access/principal.js';
import { type Database, run, runOne, type Transaction, violatedUnique } from '../entities/database.js';
import { contactChanged, contactRow, eventsOf } from '../entities/event-log.js';
import { prepared } from '../entities/prepared.js';
import { readCode } from '../kernel/codes.js';
import { parseEmail } from '../kernel/contact.js';
import { badInput } from '../kernel/errors.js';
import { newId } from '../kernel/ids.js';
import type { KeyRing } from '../kernel/key-ring.js';
import type { Metrics } from '../telemetry/metrics.js';
import { type Guess, provenIdentity } from '../verification/confirm.js';
import { countGuess } from '../verification/count-guess.js';
import { refusal } from '../verification/problems.js';
import type { SendCaps } from '../verification/send-caps.js';
import { SETTLE_TRIES, type SettledVerification, settleOn } from '../verification/settle.js';
import { guessAtAttempt } from './connect-attempts.js';
import { NOBODY } from './connect-recipient.js';
import { type IssueDeps, issueTokens, type Started } from './issue.js';
import type { SessionOutcome } from './refresh.js';
import { CONNECT_TERMS } from './send-connect.js';
import { startSession } from './start.js';

const CODE = new RegExp(`^[0-9]{${CONNECT_TERMS.codeLength}}$`);

export interface ConfirmConnectDeps extends IssueDeps {
  readonly database: Database;
  readonly codeKeys: KeyRing;
  readonly connectKeys: KeyRing;
  readonly sendCaps: SendCaps;
  readonly metrics: Pick<Metrics, 'verified'>;
}

export interface ConfirmConnectInput {
  readonly email: string;
  readonly code: string;
  /** The embedding page's session. */
  readonly sessionId: string | undefined;
  readonly nonce: string | undefined;
}

/**
 * Counts the guess, compares it, and starts a session for the right one. Every refusal is one and the same: whether
 * the email is enrolled, whether a code was sent, and what is wrong with the code are nobody's to learn with a key
 * that stands in every browser.
 *
 * @throws {GatewayError} BAD_USER_INPUT, for what depends on the input alone; nothing is counted then
 */
export async function confirmConnectCode(
  deps: ConfirmConnectDeps,
  principal: Principal,
  input: ConfirmConnectInput,
): Promise<SessionOutcome> {
  const code = readCode(input.code);
  const parsed = parseEmail(input.email);
  if ('reason' in parsed) throw badInput('input.email', parsed.reason);
  if (!CODE.test(code)) throw badInput('input.code', `a code is ${CONNECT_TERMS.codeLength} digits`);
  checkText('input.sessionId', input.sessionId);
  checkText('input.nonce', input.nonce);
  const { identity: emailIdentity } = parsed.contact;

  const { verificationId, counted, isInUse } = await guess(deps, principal, emailIdentity);
  const identity = provenIdentity(deps.codeKeys, principal, counted ?? noGuess(deps.codeKeys, verificationId), code);
  if (!counted || identity === undefined || isInUse) return refusal('CODE_INCORRECT');

  const proof = { verificationId, identity, emailIdentity, embedSessionId: input.sessionId };
  const started = await settleAndStart(deps.database, principal, proof);
  if (!started) return refusal('CODE_INCORRECT');
  deps.sendCaps.confirmed(principal, identity);
  deps.metrics.verified({ ...started.provenBy, mode: principal.mode });
  return { outcome: 'ISSUED', session: await issueTokens(deps, principal, started, input.nonce) };
}

// Committed before anything is compared. One transaction, so that every guess waits for the disk once, whether there is
// a verification behind it or not.
function guess({ database, connectKeys }: ConfirmConnectDeps, principal: Principal, emailIdentity: string) {
  const { timeoutSeconds, codeLength } = CONNECT_TERMS;
  return database.transaction(async (transaction) => {
    const asked = { emailIdentity, timeoutSeconds };
    const attempt = await guessAtAttempt(transaction, connectKeys, principal, asked);
    const verificationId = attempt?.verificationId ?? newId();
    const counted = await countGuess(transaction, principal, { verificationId }, codeLength);
    return { verificationId, counted, isInUse: attempt?.isInUse ?? false };
  });
}

/** What is compared where no guess was taken, so that a decoy costs what a wrong code does. */
function noGuess(keys: KeyRing, id: string): Guess {
  const { codeLength } = CONNECT_TERMS;
  return { verification: { id, codeLength, codeKeyId: keys.current.id }, identities: [NOBODY.phone] };
}

function checkText(argument: string, text: string | undefined): void {
  if (text === undefined) return;
  if (!/^[\x21-\x7e]{1,200}$/.test(text))
    throw badInput(argument, 'must be 1 to 200 printable ASCII characters without a space');
}

interface ConnectProof {
  readonly verificationId: string;
  /** The phone. */
  readonly identity: string;
  readonly emailIdentity: string;
  readonly embedSessionId: string | undefined;
}

// Verification, contacts, customer: the order in which everything else locks them.
const LOCK = prepared(`
  select customer_id as "customerId" from verification
  where workspace_id = $1 and mode = $2 and id = $3 and status = 'PENDING' for no key update`);

// An email that another customer has verified stays theirs.
const STAMP = prepared(`
  with contact as (
  update contact_point e set verified_at = now(), verified_by = 'CONNECT_POLICY'
  where e.workspace_id = $1 and e.mode = $2 and e.customer_id = $3 and e.kind = 'EMAIL' and e.identity = $4
    and e.verified_at is null and not exists (
      select from contact_point o where o.workspace_id = $1 and o.mode = $2 and o.kind = 'EMAIL' and o.identity = $4
        and o.verified_at is not null)
  returning e.*
  ), ${eventsOf(contactChanged('VERIFIED', contactRow('contact')))}
  select 1 where false`);

type Proved = Started & Pick<SettledVerification, 'provenBy'>;

/** Undone as a whole: thrown where the proof cannot be settled after something was written. */
class Unsettled extends Error {
  /** @param isChanged whether another change of the customer came between, and it is worth trying again */
  constructor(readonly isChanged = false) {
    super();
  }
}

async function settleAndStart(
  database: Database,
  principal: Principal,
  proof: ConnectProof,
  tries = 1,
): Promise<Proved | undefined> {
  try {
    return await database.transaction((transaction) => settleIn(transaction, principal, proof));
  } catch (error) {
    const again = () => settleAndStart(database, principal, proof, tries + 1);
    if (error instanceof Unsettled) return error.isChanged && tries < SETTLE_TRIES ? again() : undefined;
    // Somebody verified the email between the look and the stamp: the next time they are seen, and it stays theirs.
    const isStolen = violatedUnique(error) === 'contact_point_verified_owner_unique';
    if (isStolen && tries < SETTLE_TRIES) return again();
    throw error;
  }
}

async function settleIn(transaction: Transaction, principal: Principal, proof: ConnectProof): Promise<Proved> {
  const { workspaceId, mode, workspace, keyId } = principal;
  const { verificationId, identity, emailIdentity, embedSessionId } = proof;
  const world = [workspaceId, mode];
  const locked = await runOne<{ customerId: string }>(transaction, LOCK, [...world, verificationId]);
  if (!locked || keyId === undefined) throw new Unsettled();
  const { customerId } = locked;
  if (workspace.connectStampsEmail) await run(transaction, STAMP, [...world, customerId, emailIdentity]);
  const settled = await settleOn(transaction, principal, { kind: 'CODE', id: verificationId, identity });
  if (typeof settled === 'string') throw new Unsettled(settled === 'GONE');
  const started = await startSession(transaction, principal, { customerId, keyId, verificationId, embedSessionId });
  if (!started) throw new Unsettled();
  return { ...started, provenBy: settled.provenBy };
}
