/** How the benchmark starts, fills and asks the stock server. */
import { hash, randomBytes } from 'node:crypto';
import pg from 'pg';
import { type Contender, emailOf, phoneOf, REGION, SAVED_METHODS } from '../contender.ts';
import { graphqlWorkloads, persistedRead, READ, REGISTERED_READ } from '../graphql-calls.ts';

const FILL = `
  WITH person AS (
    SELECT n, gen_random_uuid() AS id, email, phone
    FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS t (email, phone, n)
  ), customers AS (
    INSERT INTO customer
      (id, platform_customer_id, customer_type, uma_address, region, currencies, created_at, updated_at)
    SELECT id, 'customer-' || n, 'INDIVIDUAL', '$customer-' || n || '@bench.example', $1, '{EUR,USD}', now(), now()
    FROM person
  ), contacts AS (
    INSERT INTO contact_point (id, customer_id, kind, value, is_primary, created_at, updated_at)
    SELECT gen_random_uuid(), id, kind, value, true, now(), now()
    FROM person CROSS JOIN LATERAL (VALUES ('EMAIL', email), ('PHONE', phone)) AS contact (kind, value)
  ), methods AS (
    INSERT INTO saved_method
      (id, customer_id, fingerprint, type, brand, last4, expiry_month, expiry_year, created_at, updated_at)
    SELECT gen_random_uuid(), id, 'FP-' || place, m ->> 'type', m ->> 'brand', m ->> 'last4',
           (m ->> 'expiryMonth')::int, (m ->> 'expiryYear')::int, now() + place * interval '1 second', now()
    FROM person CROSS JOIN jsonb_array_elements($4::jsonb) WITH ORDINALITY AS t (m, place)
    WHERE n <= $5
  )
  SELECT id, email, phone FROM person ORDER BY n`;

const HISTORY = `
  WITH c AS MATERIALIZED (
    SELECT customer_id, id, row_number() OVER (ORDER BY id) - 1 AS place FROM contact_point WHERE kind = 'EMAIL'
  )
  INSERT INTO verification (id, customer_id, contact_point_id, code, status, code_length, max_attempts, failed_attempts,
    timeout_seconds, expires_at, created_at, updated_at)
  SELECT gen_random_uuid(), c.customer_id, c.id, '000000', 'PENDING', 6, 3, 0, 600, at + interval '10 minutes', at, at
  FROM generate_series($1::int, $2::int) n
  CROSS JOIN LATERAL (SELECT now() - interval '30 days' * ($3::int - n) / $3::int AS at) t
  JOIN c ON c.place = n % (SELECT count(*) FROM c)`;

export const stock: Contender = {
  name: 'stock',
  command: ['benchmarks/stock/server.ts'],
  environment: () => ({ NODE_ENV: 'production' }),
  probe: '/',

  async seed({ databaseUrl }, { readers, newcomers }) {
    const database = new pg.Client({ connectionString: databaseUrl });
    await database.connect();
    try {
      const credential = randomBytes(24).toString('base64url');
      await database.query('INSERT INTO api_key VALUES (gen_random_uuid(), $1)', [hash('sha256', credential)]);
      const indexes = Array.from({ length: readers + newcomers }, (_, index) => index);
      const people = [indexes.map(emailOf), indexes.map(phoneOf)];
      const methods = JSON.stringify(SAVED_METHODS);
      const { rows } = await database.query(FILL, [REGION, ...people, methods, readers]);
      return { credential, readers: rows.slice(0, readers), newcomers: rows.slice(readers) };
    } finally {
      await database.end();
    }
  },

  history: HISTORY,
  headers: (credential) => ({ authorization: `Bearer ${credential}`, 'content-type': 'application/json' }),
  workloads: { ...graphqlWorkloads('/'), 'persisted read': persistedRead('/', REGISTERED_READ) },

  async register({ baseUrl }, { credential, readers }) {
    const body = JSON.stringify({ query: READ, variables: { id: readers[0]?.id }, ...REGISTERED_READ });
    const { status } = await fetch(baseUrl, { method: 'POST', headers: stock.headers(credential), body });
    if (status !== 200) throw new Error(`Registering the read was answered with ${status}`);
  },
};
