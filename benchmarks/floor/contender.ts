/** How the benchmark starts, fills and asks the floor. */
import { hash, randomBytes, randomUUID } from 'node:crypto';
import pg from 'pg';
import {
  type Contender,
  emailOf,
  isToken,
  phoneOf,
  REGION,
  SAVED_METHODS,
  type Step,
  TEST_CODE,
} from '../contender.ts';

const FILL = `
  WITH person AS (
    SELECT n, gen_random_uuid() AS id, gen_random_uuid() AS email_id, gen_random_uuid() AS phone_id,
           email, phone
    FROM unnest($3::text[], $4::text[]) WITH ORDINALITY AS t (email, phone, n)
  ), customers AS (
    INSERT INTO customer
      (id, workspace_id, mode, platform_customer_id, customer_type, uma_address, region, currencies,
       primary_email_id, primary_phone_id)
    SELECT id, $1, 'TEST', 'customer-' || n, 'INDIVIDUAL', '$customer-' || n || '@bench.example', $2, '{EUR,USD}',
           email_id, phone_id
    FROM person
  ), contacts AS (
    INSERT INTO contact_point (id, workspace_id, mode, customer_id, kind, value)
    SELECT email_id, $1, 'TEST', id, 'EMAIL', email FROM person
    UNION ALL SELECT phone_id, $1, 'TEST', id, 'PHONE', phone FROM person
  ), methods AS (
    INSERT INTO saved_method (id, customer_id, fingerprint, type, brand, last4, expiry_month, expiry_year)
    SELECT (lpad(to_hex(place), 8, '0') || substr(gen_random_uuid()::text, 9))::uuid, id, 'FP-' || place,
           m ->> 'type', m ->> 'brand', m ->> 'last4', (m ->> 'expiryMonth')::int, (m ->> 'expiryYear')::int
    FROM person CROSS JOIN jsonb_array_elements($5::jsonb) WITH ORDINALITY AS t (m, place)
    WHERE n <= $6
  )
  SELECT id, email, phone FROM person ORDER BY n`;

/** The floor has no documents: a read is the same request whatever the others are asked by. */
const READ: Step[] = [
  {
    request: ({ id }) => ({ method: 'GET', path: `/customers/${id}` }),
    accepts: ({ customer }, { id, email, phone }) =>
      customer?.id === id &&
      customer.email === email &&
      customer.phone === phone &&
      customer.contactVerification?.email === 'PENDING' &&
      customer.contactVerification.phone === 'PENDING' &&
      customer.savedMethods?.length === SAVED_METHODS.length &&
      customer.savedMethods[0]?.last4 === SAVED_METHODS[1].last4,
  },
];

const HISTORY = `
  WITH c AS MATERIALIZED (
    SELECT id, workspace_id, mode, row_number() OVER (ORDER BY id) - 1 AS place FROM customer
  ), v AS (
    INSERT INTO verification
      (id, workspace_id, mode, customer_id, kind, value, code_length, max_attempts, timeout_seconds, created_at, expires_at)
    SELECT gen_random_uuid(), c.workspace_id, c.mode, c.id, 'EMAIL', 'x', 6, 3, 600, at, at + interval '10 minutes'
    FROM generate_series($1::int, $2::int) n
    CROSS JOIN LATERAL (SELECT now() - interval '30 days' * ($3::int - n) / $3::int AS at) t
    JOIN c ON c.place = n % (SELECT count(*) FROM c)
    RETURNING id
  )
  INSERT INTO verification_step (verification_id, step_index, channel, recipient, status)
  SELECT id, 0, 'EMAIL', 'x', 'DELIVERED' FROM v`;

export const floor: Contender = {
  name: 'floor',
  command: ['benchmarks/floor/server.ts'],
  environment: () => ({ NODE_ENV: 'production', SECRET: randomBytes(32).toString('hex'), LIMIT_SCALE: '100000' }),
  probe: '/',

  async seed({ databaseUrl }, { readers, newcomers }) {
    const database = new pg.Client({ connectionString: databaseUrl });
    await database.connect();
    try {
      const workspace = randomUUID();
      const prefix = `sk_test_${randomBytes(6).toString('hex')}`;
      const credential = `${prefix}_${randomBytes(16).toString('hex')}`;
      const policy = { [REGION]: ['EMAIL', 'PHONE'] };
      await database.query('INSERT INTO workspace VALUES ($1, $2)', [workspace, policy]);
      await database.query(`INSERT INTO api_key VALUES ($1, $2, $3, 'TEST')`, [
        prefix,
        hash('sha256', credential, 'buffer'),
        workspace,
      ]);
      const indexes = Array.from({ length: readers + newcomers }, (_, index) => index);
      const people = [indexes.map(emailOf), indexes.map(phoneOf)];
      const values = [workspace, REGION, ...people, JSON.stringify(SAVED_METHODS), readers];
      const { rows } = await database.query(FILL, values);
      return { credential, readers: rows.slice(0, readers), newcomers: rows.slice(readers) };
    } finally {
      await database.end();
    }
  },

  undelivered: 'SELECT count(*)::int AS count FROM job',
  history: HISTORY,
  headers: (credential) => ({ authorization: `Bearer ${credential}`, 'content-type': 'application/json' }),

  workloads: {
    read: READ,
    'persisted read': READ,
    'send+confirm': [
      {
        request: ({ id, email }) => ({
          method: 'POST',
          path: '/verifications',
          body: JSON.stringify({ customerId: id, email }),
        }),
        accepts: ({ verification }, { email }) =>
          verification?.status === 'PENDING' && verification.steps?.[0]?.to === email,
      },
      {
        request: ({ id }, previous) => ({
          method: 'POST',
          path: `/verifications/${(previous as { verification: { id: string } }).verification.id}/confirm`,
          body: JSON.stringify({ customerId: id, code: TEST_CODE }),
        }),
        accepts: ({ verification, customer }, { email }) =>
          verification?.status === 'VERIFIED' &&
          customer?.email === email &&
          customer.contactVerification?.email === 'VERIFIED',
      },
    ],
    connect: [
      {
        request: ({ email }) => ({ method: 'POST', path: '/connect', body: JSON.stringify({ email }) }),
        accepts: (body) => body?.sent === true,
      },
      {
        request: ({ email }) => ({
          method: 'POST',
          path: '/connect/confirm',
          body: JSON.stringify({ email, code: TEST_CODE }),
        }),
        accepts: ({ session }, { id, email }) =>
          isToken(session?.accessToken) &&
          isToken(session.idToken) &&
          session.refreshToken?.length > 0 &&
          session.customer?.id === id &&
          session.customer.email === email &&
          session.customer.contactVerification?.phone === 'VERIFIED',
      },
    ],
  },
};
