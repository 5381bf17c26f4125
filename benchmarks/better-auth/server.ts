/** better-auth with its email OTP plugin, as its documentation sets it up, on node:http and a pg pool. */
import { createServer } from 'node:http';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { toNodeHandler } from 'better-auth/node';
import { emailOTP } from 'better-auth/plugins';
import pg from 'pg';
import { TEST_CODE } from '../contender.ts';

const { DATABASE_URL, HOST, PORT, BETTER_AUTH_SECRET = '' } = process.env;
const options = {
  baseURL: `http://${HOST}:${PORT}`,
  secret: BETTER_AUTH_SECRET,
  database: new pg.Pool({ connectionString: DATABASE_URL, max: 10 }),
  // Its limiter counts in memory or in the database; off is the cheapest it can be.
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  plugins: [
    emailOTP({
      storeOTP: 'hashed',
      expiresIn: 600,
      generateOTP: () => TEST_CODE,
      sendVerificationOTP: async () => {},
    }),
  ],
};
const { runMigrations } = await getMigrations(options);
await runMigrations();

createServer(toNodeHandler(betterAuth(options))).listen(Number(PORT), HOST);
process.once('SIGTERM', () => process.exit());
