/**
 * Accepting a send: the verification, its steps and the job that delivers the first are committed together or not at
 * all. Sends accepted in one turn of the event loop share a transaction, and so one flush of the disk.
 */
import type { Outbox } from '../delivery/outbox.js';
import type { Database, Transaction } from '../entities/database.js';
import { coalesce } from '../kernel/coalesce.js';
import { byWorld, nameOfWorld } from '../kernel/world.js';
import { isTracing, traceCarrier } from '../telemetry/tracing.js';
import { insertVerifications } from './insert.js';
import type { NewVerification } from './new-verification.js';
import type { VerificationRecord } from './record.js';

/** The accepted verification, or undefined when its idempotency key is taken: nothing was written then. */
type Outcome = VerificationRecord | undefined;
export type Accept = (verification: NewVerification) => Promise<Outcome>;

export function createAccept(database: Database, outbox: Outbox): Accept {
  const acceptTogether = (batch: readonly NewVerification[]): Promise<Outcome[]> =>
    database.transaction(async (transaction) => {
      const records = await insertWorlds(transaction, batch);
      const jobs = batch.flatMap(({ world: { workspaceId, mode }, id, requestId, traceparent }) => {
        const trace = traceparent === undefined ? {} : { traceparent };
        const job = { workspaceId, mode, verificationId: id, stepIndex: 0, send: 1, requestId, ...trace };
        return records.has(id) ? [job] : [];
      });
      if (jobs.length > 0) await outbox.enqueue(transaction, jobs);
      return batch.map(({ id }) => records.get(id));
    });
  const acceptAlone = async (verification: NewVerification) => (await acceptTogether([verification]))[0];

  const together = coalesce(async (batch: readonly NewVerification[]) => {
    const first = withoutRepetitions(batch);
    const outcomes = new Map<string, Outcome | Promise<Outcome>>();
    try {
      const records = await acceptTogether(first);
      for (const [index, { id }] of first.entries()) outcomes.set(id, records[index]);
    } catch (error) {
      if (first.length === 1) throw error;
      // What is wrong with one send must not undo the others: each gets a transaction of its own.
      for (const verification of first) outcomes.set(verification.id, acceptAlone(verification));
      // Repetitions are answered once the first of their key is committed or refused.
      await Promise.allSettled(outcomes.values());
    }
    return batch.map(({ id }) => outcomes.get(id));
  });
  // Taken here: the transaction is shared, and runs in the trace of whoever came first.
  return (verification) => together(isTracing() ? { ...verification, ...traceCarrier() } : verification);
}

/** One statement may take a key once: whoever repeats one within the batch is told that it is taken. */
function withoutRepetitions(batch: readonly NewVerification[]): NewVerification[] {
  const taken = new Set<string>();
  return batch.filter((verification) => {
    const { world, idempotency } = verification;
    if (!idempotency) return true;
    const name = `${nameOfWorld(world)}/${idempotency.key.toString('base64')}`;
    const isFree = !taken.has(name);
    taken.add(name);
    return isFree;
  });
}

/** One statement for each world: a statement never reaches over two workspaces. */
async function insertWorlds(transaction: Transaction, batch: readonly NewVerification[]) {
  const records = new Map<string, VerificationRecord>();
  const worlds = byWorld(batch, ({ world }) => world);
  // In one order in every process: idempotency keys stay locked until the commit, and two transactions that take
  // those of the same worlds in different orders would deadlock.
  worlds.sort(([left], [right]) => (nameOfWorld(left) < nameOfWorld(right) ? -1 : 1));
  for (const [world, group] of worlds) {
    for (const record of await insertVerifications(transaction, world, group)) records.set(record.id, record);
  }
  return records;
}
