/**
 * Accepting a send: the verification, its first step and the job that delivers it are committed together or not at
 * all. Sends accepted in one turn of the event loop share a transaction, and so one flush of the disk.
 */
import type { World } from '../access/principal.js';
import type { DeliveryJob, Outbox } from '../delivery/outbox.js';
import { type Database, run, type Transaction } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import type { Channel } from '../entities/verification-step.js';
import { coalesce } from '../kernel/coalesce.js';
import type { ContactKind } from '../kernel/contact.js';
import { toVerification, VERIFICATION_COLUMNS, type VerificationRecord, type VerificationRow } from './record.js';

/** Seconds until the first resend. */
const RESEND_AFTER_SECONDS = 30;

export interface NewVerification {
  readonly world: World;
  readonly requestId: string;
  readonly id: string;
  readonly customerId: string;
  readonly contactKind: ContactKind;
  readonly locale: string;
  readonly codeLength: number;
  readonly timeoutSeconds: number;
  readonly maxAttempts: number;
  readonly codeKeyId: string;
  readonly channel: Channel;
  readonly recipient: string;
  readonly identity: string;
  readonly provider: string;
  readonly template: string;
}

export type Accept = (verification: NewVerification) => Promise<VerificationRecord>;

const INSERT = prepared(`
  with n as materialized (
    select * from unnest($3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::smallint[], $8::smallint[], $9::smallint[],
                         $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[])
      as n (id, customer_id, contact_kind, locale, code_length, timeout_seconds, max_attempts, code_key_id, channel,
            recipient, identity, provider, template)
  ), v as (
    insert into verification (workspace_id, mode, id, customer_id, contact_kind, locale, code_length, timeout_seconds,
                              max_attempts, code_key_id, expires_at, resend_available_at)
    select $1, $2, n.id, n.customer_id, n.contact_kind, n.locale, n.code_length, n.timeout_seconds, n.max_attempts,
           n.code_key_id, now() + n.timeout_seconds * interval '1 second',
           now() + ${RESEND_AFTER_SECONDS} * interval '1 second'
    from n
    returning *
  ), step as (
    insert into verification_step (workspace_id, mode, verification_id, index, channel, recipient, identity, provider,
                                   template, status)
    select $1, $2, n.id, 0, n.channel, n.recipient, n.identity, n.provider, n.template, 'QUEUED' from n
  )
  select ${VERIFICATION_COLUMNS} from v`);

const COLUMNS = [
  'id',
  'customerId',
  'contactKind',
  'locale',
  'codeLength',
  'timeoutSeconds',
  'maxAttempts',
  'codeKeyId',
  'channel',
  'recipient',
  'identity',
  'provider',
  'template',
] as const satisfies readonly (keyof NewVerification)[];

async function insertAll(transaction: Transaction, { workspaceId, mode }: World, group: readonly NewVerification[]) {
  const values = COLUMNS.map((column) => group.map((verification) => verification[column]));
  return run<VerificationRow>(transaction, INSERT, [workspaceId, mode, ...values]);
}

function jobOf({ world, id, requestId }: NewVerification): DeliveryJob {
  return { workspaceId: world.workspaceId, mode: world.mode, verificationId: id, stepIndex: 0, requestId };
}

export function createAccept(database: Database, outbox: Outbox): Accept {
  const acceptTogether = (batch: readonly NewVerification[]): Promise<VerificationRecord[]> =>
    database.transaction(async (transaction) => {
      const records = new Map<string, VerificationRecord>();
      // One statement for each world: a statement never reaches over two workspaces.
      const worlds = Map.groupBy(batch, ({ world }) => `${world.workspaceId}/${world.mode}`);
      for (const group of worlds.values()) {
        const rows = await insertAll(transaction, (group[0] as NewVerification).world, group);
        for (const row of rows) records.set(row.id, toVerification(row));
      }
      await outbox.enqueue(transaction, batch.map(jobOf));
      return batch.map(({ id }) => records.get(id) as VerificationRecord);
    });
  const acceptAlone = async (verification: NewVerification): Promise<VerificationRecord> =>
    (await acceptTogether([verification]))[0] as VerificationRecord;

  return coalesce(async (batch: readonly NewVerification[]) => {
    try {
      return await acceptTogether(batch);
    } catch (error) {
      if (batch.length === 1) throw error;
      // What is wrong with one send must not undo the others: each gets a transaction of its own.
      return batch.map(acceptAlone);
    }
  });
}
