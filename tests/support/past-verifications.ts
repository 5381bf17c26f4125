/** Verifications of the last thirty days, nearly all expired, of the customers that a workspace has. */

export const MILLION = 1_000_000;
/** Of each rare kind there is one in this many. */
export const RARE = 50_000;
const DAYS = 30;

const uuidAt = (milliseconds: string, serial: string) => `
  (substr(lpad(to_hex(${milliseconds}), 12, '0'), 1, 8) || '-' || substr(lpad(to_hex(${milliseconds}), 12, '0'), 9, 4)
   || '-7000-8000-' || lpad(to_hex(${serial}), 12, '0'))::uuid`;

/**
 * Writes those with the numbers from $1 to $2, of $3, in test mode of a workspace. One in fifty thousand is verified, one
 * canceled, one has spent its attempts, one failed for good, and one went by voice; those of the last ten minutes are pending.
 *
 * @param workspace its id, in SQL
 */
export const pastVerifications = (workspace: string): string => `
  with n as materialized (
    select n, begun.at + n * (${DAYS} * 86400000::bigint / $3::int) as ms from generate_series($1::int, $2::int) n,
      (select (extract(epoch from now()) * 1000)::bigint - ${DAYS} * 86400000::bigint as at) begun
  ), c as materialized (
    select id, row_number() over (order by id) - 1 as place from customer where workspace_id = ${workspace} and mode = 'TEST'
  ), v as (
    insert into verification (workspace_id, mode, id, customer_id, contact_kind, status, locale, code_length,
      timeout_seconds, max_attempts, failed_attempts, code_key_id, expires_at, resend_available_at, verified_at,
      created_at, updated_at)
    select ${workspace}, 'TEST', ${uuidAt('ms', 'n')}, c.id, case when n % 2 = 0 then 'EMAIL' else 'PHONE' end,
      case n % ${RARE} when 1 then 'VERIFIED' when 2 then 'CANCELED' when 3 then 'FAILED' else 'PENDING' end, 'en-US', 6,
      600, 3, case n % ${RARE} when 4 then 3 else 0 end, '0011aabb', to_timestamp(ms / 1000.0) + interval '10 minutes',
      to_timestamp(ms / 1000.0), case n % ${RARE} when 1 then to_timestamp(ms / 1000.0) end, to_timestamp(ms / 1000.0),
      to_timestamp(ms / 1000.0)
    from n join c on c.place = n % (select count(*) from c)
    returning id
  )
  insert into verification_step (workspace_id, mode, verification_id, index, channel, recipient, identity, provider, status)
  select ${workspace}, 'TEST', ${uuidAt('ms', 'n')}, 0,
    case when n % ${RARE} = 5 then 'VOICE' when n % 2 = 0 then 'EMAIL' else 'SMS' end, 'x', 'x', 'test', 'DELIVERED'
  from n where (select count(*) from v) > 0`;

/** First and last number of each million. */
export const batchesOf = (total: number): [number, number][] =>
  Array.from({ length: Math.ceil(total / MILLION) }, (_, index) => [
    index * MILLION + 1,
    Math.min(total, (index + 1) * MILLION),
  ]);
