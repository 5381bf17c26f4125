/** The use case behind `cancelVerification`. */
import type { Reach } from '../access/principal.js';
import type { Outbox } from '../delivery/outbox.js';
import { type Database, run, runOne } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import { isOpen } from '../entities/verification.js';
import { type ProviderRegistry, takesCancel } from '../providers/registry.js';
import type { StepRef } from './fail-over.js';
import { findVerification } from './find.js';
import { refusalOf } from './machine.js';
import { type Refusal, refusal } from './problems.js';
import { toVerification, VERIFICATION_COLUMNS, type VerificationRecord, type VerificationRow } from './record.js';

const CANCEL = prepared(`
  update verification v set status = 'CANCELED', updated_at = now()
  where workspace_id = $1 and mode = $2 and id = $3 and ${isOpen('v')}
    and ($4::uuid is null or customer_id = $4)
  returning ${VERIFICATION_COLUMNS}`);

const PROVIDERS = prepared(`
  select distinct provider from verification_step
  where workspace_id = $1 and mode = $2 and verification_id = $3 and sends > 0`);

export interface CancelDeps {
  readonly database: Database;
  readonly outbox: Outbox;
  readonly providers: ProviderRegistry;
}

/** ENDED and not CANCELED: outcomes are counted by their word, and that is the code of a refusal. */
export type CancelOutcome = { readonly outcome: 'ENDED'; readonly verification: VerificationRecord } | Refusal;

/**
 * Ends a verification: its code is good for nothing any more, and messages that wait are not sent. Vendors that hold the
 * code are told by the queue, where they can be.
 */
export async function cancelVerification(
  { database, outbox, providers }: CancelDeps,
  reach: Reach,
  { verificationId, requestId }: Pick<StepRef, 'verificationId' | 'requestId'>,
): Promise<CancelOutcome> {
  const { workspaceId, mode } = reach;
  const values = [workspaceId, mode, verificationId];
  const canceled = await database.transaction(async (transaction) => {
    const row = await runOne<VerificationRow>(transaction, CANCEL, [...values, reach.customerId ?? null]);
    if (!row) return undefined;
    const senders = await run<{ provider: string }>(transaction, PROVIDERS, values);
    if (senders.some(({ provider }) => takesCancel(providers, provider)))
      await outbox.enqueueCancel(transaction, [{ workspaceId, mode, verificationId, requestId }]);
    return row;
  });
  if (canceled) return { outcome: 'ENDED', verification: toVerification(canceled) };
  const found = await findVerification(database.pool, reach, { verificationId });
  return refusal(found ? (refusalOf(found) ?? 'FINISHED') : 'NOT_FOUND');
}
