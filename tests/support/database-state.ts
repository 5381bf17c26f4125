/** What tests read and change in the database behind the gateway's back. */
import { DELIVERY_QUEUE } from '../../src/delivery/queues.js';
import type { Value } from '../../src/entities/database.js';

export type Sql = <Row = Record<string, unknown>>(text: string, values?: readonly Value[]) => Promise<Row[]>;

const uuidOf = (id: string): string => id.slice(id.indexOf(':') + 1);

/** Lets the verification's time run out, by the database's clock. */
export async function expire(sql: Sql, verificationId: string): Promise<void> {
  await sql(`update verification set expires_at = now() - interval '1 second' where id = $1`, [uuidOf(verificationId)]);
}

/** Guesses counted so far, as the database has them. */
export async function failedAttempts(sql: Sql, verificationId: string): Promise<number> {
  const rows = await sql<{ n: number }>('select failed_attempts as n from verification where id = $1', [
    uuidOf(verificationId),
  ]);
  return rows[0]?.n as number;
}

const WRITTEN = [
  'workspace',
  'api_key',
  'customer',
  'contact_point',
  'verification',
  'verification_step',
  'operation',
  'pgboss.job',
];

/** Rows of every table that a request may write to, the limits' counters aside, and the guesses counted in all. */
export async function rowCounts(sql: Sql): Promise<Record<string, number>> {
  const counts = WRITTEN.map((table) => `(select count(*)::int from ${table}) as "${table}"`);
  const guesses = '(select coalesce(sum(failed_attempts), 0)::int from verification) as guesses';
  const [row] = await sql<Record<string, number>>(`select ${counts.join(', ')}, ${guesses}`);
  return row as Record<string, number>;
}

/** Everything in the database as text: every row of every table, the queue's included. */
export async function dump(sql: Sql): Promise<string> {
  const tables = await sql<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema')`,
  );
  const parts: string[] = [];
  for (const { name } of tables) {
    const rows = await sql<{ row: string }>(`select t::text as row from ${name} t`);
    parts.push(`-- ${name}`, ...rows.map(({ row }) => row));
  }
  return parts.join('\n');
}

/** Ends the pause before the next try of every delivery, so that no test waits for it. */
export async function hurryRetries(sql: Sql): Promise<void> {
  await sql(`update pgboss.job set start_after = now() where state = 'retry'`);
}

export interface Try {
  /** Job and start: the next try of a job is another one. */
  readonly id: string;
  readonly recipient: string;
}

/**
 * The tries of messages of this channel that a worker took up and has neither marked nor given back: each may have been
 * sent, and nobody knows.
 */
export const triesUnderWay = (sql: Sql, channel: string): Promise<Try[]> =>
  sql<Try>(
    `select job.id || ' ' || job.started_on as id, step.recipient from pgboss.job
     join verification_step step on step.verification_id = (job.data ->> 'verificationId')::uuid
       and step.index = (job.data ->> 'stepIndex')::int
     where job.name = $1 and job.state = 'active' and step.status = 'QUEUED' and step.channel = $2`,
    [DELIVERY_QUEUE, channel],
  );
