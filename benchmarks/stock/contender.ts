/** How the benchmark starts, fills and asks the stock server. */
import { hash, randomBytes } from 'node:crypto';
import pg from 'pg';
import { type Contender, emailOf, phoneOf, REGION } from '../contender.ts';
import { graphqlWorkloads } from '../graphql-calls.ts';

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
  )
  SELECT id, email, phone FROM person ORDER BY n`;

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
      const { rows } = await database.query(FILL, [REGION, indexes.map(emailOf), indexes.map(phoneOf)]);
      return { credential, readers: rows.slice(0, readers), newcomers: rows.slice(readers) };
    } finally {
      await database.end();
    }
  },

  headers: (credential) => ({ authorization: `Bearer ${credential}`, 'content-type': 'application/json' }),
  workloads: graphqlWorkloads('/'),
};
