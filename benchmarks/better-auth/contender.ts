/** How the benchmark starts, fills and asks better-auth. Its users stand for customers; it has no read to compare. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { type Contender, emailOf, phoneOf, TEST_CODE } from '../contender.ts';

const FILL = `
  INSERT INTO "user" (id, name, email, "emailVerified", "createdAt", "updatedAt")
  SELECT 'user-' || n, 'Customer ' || n, email, false, now(), now()
  FROM unnest($1::text[]) WITH ORDINALITY AS t (email, n)
  RETURNING id, email`;

const post = (path: string, body: object) => ({ method: 'POST', path, body: JSON.stringify(body) }) as const;

// Its verifications go as they are used or expire: people who were verified are what it keeps.
const HISTORY = `
  INSERT INTO "user" (id, name, email, "emailVerified", "createdAt", "updatedAt")
  SELECT 'past-' || n, 'Customer ' || n, 'past-' || n || '@bench.example', true, at, at
  FROM generate_series($1::int, $2::int) n
  CROSS JOIN LATERAL (SELECT now() - interval '30 days' * ($3::int - n) / $3::int AS at) t`;

export const betterAuth: Contender = {
  name: 'better-auth',
  command: ['benchmarks/better-auth/server.ts'],
  environment: () => ({ NODE_ENV: 'production', BETTER_AUTH_SECRET: randomBytes(32).toString('hex') }),
  probe: '/api/auth/ok',

  async seed({ databaseUrl }, { newcomers }) {
    const database = new pg.Client({ connectionString: databaseUrl });
    await database.connect();
    try {
      const emails = Array.from({ length: newcomers }, (_, index) => emailOf(index));
      const { rows } = await database.query<{ id: string; email: string }>(FILL, [emails]);
      return { credential: '', readers: [], newcomers: rows.map((row, index) => ({ ...row, phone: phoneOf(index) })) };
    } finally {
      await database.end();
    }
  },

  history: HISTORY,
  headers: () => ({ 'content-type': 'application/json' }),

  workloads: {
    'send+confirm': [
      {
        request: ({ email }) =>
          post('/api/auth/email-otp/send-verification-otp', { email, type: 'email-verification' }),
        accepts: (body) => body?.success === true,
      },
      {
        request: ({ email }) => post('/api/auth/email-otp/verify-email', { email, otp: TEST_CODE }),
        accepts: (body, { email }) =>
          body?.status === true && body.user?.email === email && body.user.emailVerified === true,
      },
    ],
    connect: [
      {
        request: ({ email }) => post('/api/auth/email-otp/send-verification-otp', { email, type: 'sign-in' }),
        accepts: (body) => body?.success === true,
      },
      {
        request: ({ email }) => post('/api/auth/sign-in/email-otp', { email, otp: TEST_CODE }),
        accepts: (body, { id, email }) => body?.token?.length > 0 && body.user?.id === id && body.user.email === email,
      },
    ],
  },
};
