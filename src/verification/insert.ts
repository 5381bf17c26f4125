/** The statement that writes verifications with their steps, and takes their idempotency keys. */
import type { World } from '../access/principal.js';
import { run, type Transaction, type Value } from '../entities/database.js';
import { DEADLINE_OF_NEW } from '../entities/event-log.js';
import { prepared } from '../entities/prepared.js';
import { insertLinks } from './insert-links.js';
import { RESEND_AFTER_SECONDS } from './machine.js';
import type { NewStep, NewVerification } from './new-verification.js';
import {
  type StepRecord,
  toVerification,
  VERIFICATION_COLUMNS,
  type VerificationRecord,
  type VerificationRow,
} from './record.js';
import { insertGrant } from './upstream-grant.js';

/** How long an idempotency key stands for its verification. */
const IDEMPOTENCY_HOURS = 24;

// A key that is free is taken here, by the statement that writes what it stands for: of any number of callers with
// one key, one finds it free. The others' verifications are not written. Sorted by key: two statements that take the
// same keys in different orders would deadlock.
const INSERT = prepared(`
  with n as materialized (
    select * from unnest($3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::smallint[], $8::smallint[], $9::smallint[],
                         $10::text[], $11::bytea[], $12::bytea[], $21::boolean[], $22::text[], $23::boolean[])
      as n (id, customer_id, contact_kind, locale, code_length, timeout_seconds, max_attempts, code_key_id,
            idempotency_key, input_hash, is_expired, kind, is_locale_named)
  ), k as (
    insert into idempotency_key as taken (workspace_id, mode, key, input_hash, verification_id, expires_at)
    select $1, $2, n.idempotency_key, n.input_hash, n.id, now() + ${IDEMPOTENCY_HOURS} * interval '1 hour'
    from n where n.idempotency_key is not null
    order by n.idempotency_key
    on conflict (workspace_id, mode, key) do update set
      input_hash = excluded.input_hash, verification_id = excluded.verification_id, expires_at = excluded.expires_at
    where taken.expires_at <= now()
    returning verification_id
  ), v as (
    insert into verification (workspace_id, mode, id, customer_id, kind, contact_kind, locale, code_length,
                              timeout_seconds, max_attempts, code_key_id, expires_at, resend_available_at, is_locale_named)
    select $1, $2, n.id, n.customer_id, n.kind, n.contact_kind, n.locale, n.code_length, n.timeout_seconds,
           n.max_attempts, n.code_key_id, now() + case when n.is_expired then 0 else n.timeout_seconds end * interval '1 second',
           now() + ${RESEND_AFTER_SECONDS} * interval '1 second', n.is_locale_named
    from n where n.idempotency_key is null or n.id in (select verification_id from k)
    returning *
  ), step as (
    insert into verification_step (workspace_id, mode, verification_id, index, channel, recipient, identity, provider,
                                   template, content, status)
    select $1, $2, s.verification_id, s.index, s.channel, s.recipient, s.identity, s.provider, s.template,
           s.content::jsonb, case when s.index = 0 then 'QUEUED' else 'PENDING' end
    from unnest($13::uuid[], $14::smallint[], $15::text[], $16::text[], $17::text[], $18::text[], $19::text[], $20::text[])
      as s (verification_id, index, channel, recipient, identity, provider, template, content)
    join v on v.id = s.verification_id
  ), ${DEADLINE_OF_NEW}
  select ${VERIFICATION_COLUMNS} from v`);

function valuesOf({ workspaceId, mode }: World, group: readonly NewVerification[]): Value[] {
  const column = (of: (verification: NewVerification) => unknown): Value => group.map(of);
  const steps = group.flatMap(({ id, steps }) => steps.map((step, index) => ({ id, index, ...step })));
  const stepColumn = (of: (step: (typeof steps)[number]) => unknown): Value => steps.map(of);
  return [
    workspaceId,
    mode,
    column(({ id }) => id),
    column(({ customerId }) => customerId),
    column(({ contactKind }) => contactKind),
    column(({ locale }) => locale),
    column(({ codeLength }) => codeLength),
    column(({ timeoutSeconds }) => timeoutSeconds),
    column(({ maxAttempts }) => maxAttempts),
    column(({ codeKeyId }) => codeKeyId),
    column(({ idempotency }) => idempotency?.key ?? null),
    column(({ idempotency }) => idempotency?.inputHash ?? null),
    stepColumn(({ id }) => id),
    stepColumn(({ index }) => index),
    stepColumn(({ channel }) => channel),
    stepColumn(({ recipient }) => recipient),
    stepColumn(({ identity }) => identity),
    stepColumn(({ provider }) => provider),
    stepColumn(({ template }) => template),
    stepColumn(({ content }) => content && JSON.stringify(content)),
    column(({ isExpired }) => isExpired),
    column(({ link }) => (link ? 'LINK' : 'CODE')),
    column(({ isLocaleNamed }) => isLocaleNamed),
  ];
}

/**
 * Writes verifications of one world, none of which shares its idempotency key with another.
 * @returns those that were written; the others' keys were taken
 */
export async function insertVerifications(
  transaction: Transaction,
  world: World,
  group: readonly NewVerification[],
): Promise<VerificationRecord[]> {
  const stepsById = new Map(group.map(({ id, steps }) => [id, steps.map(toStep)]));
  const rows = await run<VerificationRow>(transaction, INSERT, valuesOf(world, group));
  const records = rows.map((row) => ({ ...toVerification(row), steps: stepsById.get(row.id) ?? [] }));
  const written = new Set(records.map(({ id }) => id));
  const accepted = group.filter(({ id }) => written.has(id));
  await insertLinks(transaction, world, accepted);
  for (const { id, grant } of accepted) if (grant) await insertGrant(transaction, world, id, grant);
  return records;
}

/** A step as `INSERT` has written it, so that whoever sends need not have it read again. */
const toStep = ({ channel, recipient, provider, template }: NewStep, index: number): StepRecord => ({
  index,
  channel,
  recipient,
  provider,
  template,
  status: index === 0 ? 'QUEUED' : 'PENDING',
  sends: 0,
  failureReason: null,
  sentAt: null,
  deliveredAt: null,
});
