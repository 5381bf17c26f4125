/** The floor: what the gateway's promises cost when written by hand, on node:http and pg and nothing else. */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import pg from 'pg';
import { onBeat } from './beat.ts';
import { confirmVerification } from './confirm.ts';
import { sendConnectCode } from './connect.ts';
import { readCustomer } from './customers.ts';
import { authenticator, type Principal } from './keys.ts';
import { limiter } from './limits.ts';
import { sendVerification } from './send.ts';
import { confirmConnectCode } from './session.ts';
import { startWorker } from './worker.ts';

const { DATABASE_URL, HOST, PORT, SECRET = '', LIMIT_SCALE } = process.env;
const secret = Buffer.from(SECRET);
const scale = Number(LIMIT_SCALE);
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 10 });
const { rows } = await pool.query(`SELECT to_regclass('workspace') IS NULL AS is_empty`);
if (rows[0]?.is_empty) await pool.query(readFileSync(new URL('schema.sql', import.meta.url), 'utf8'));

const authenticate = authenticator(pool);
const reserve = limiter(pool, secret);
const worker = startWorker(pool);

interface Reply {
  status: number;
  body: unknown;
}

async function answer(request: IncomingMessage): Promise<Reply> {
  const principal = await authenticate(request);
  if (!principal) return { status: 401, body: { error: 'UNAUTHENTICATED' } };
  const [, collection, id, action] = (request.url ?? '').split('/');
  if (request.method === 'GET' && collection === 'customers' && id) {
    const customer = await readCustomer(pool, principal, id);
    return customer ? { status: 200, body: { customer } } : { status: 404, body: { error: 'NOT_FOUND' } };
  }
  if (request.method === 'POST' && collection === 'verifications') {
    const input = JSON.parse(await textOf(request));
    if (!id) return send(principal, { customerId: String(input.customerId), email: String(input.email) });
    if (action === 'confirm') {
      const { customerId, code, updatePrimary = false } = input;
      return confirm(principal, id, String(customerId), String(code), updatePrimary === true);
    }
  }
  if (request.method === 'POST' && collection === 'connect') {
    const input = JSON.parse(await textOf(request));
    const ip = request.socket.remoteAddress ?? '';
    return onBeat(() => connect(principal, String(input.email), ip, id === 'confirm' ? String(input.code) : undefined));
  }
  return { status: 404, body: { error: 'NOT_FOUND' } };
}

async function connect(principal: Principal, email: string, ip: string, code: string | undefined): Promise<Reply> {
  if (code === undefined) {
    const sent = await sendConnectCode({ pool, secret, scale, reserve }, principal, { email, ip });
    worker.wake();
    return { status: 200, body: { sent } };
  }
  const wait = await reserve(principal, [
    { rule: 'connect confirm, email', value: email, max: 30 * scale, windowSeconds: 600 },
    { rule: 'connect confirm, key', value: principal.keyPrefix, max: 1_200 * scale, windowSeconds: 60 },
  ]);
  if (wait) return limited(wait);
  const session = await confirmConnectCode(pool, secret, principal, { email, code });
  return session ? { status: 200, body: { session } } : { status: 409, body: { refused: 'CODE_INCORRECT' } };
}

async function send(principal: Principal, input: { customerId: string; email: string }): Promise<Reply> {
  const wait = await reserve(principal, [
    { rule: 'send, recipient', value: input.email, max: 5 * scale, windowSeconds: 600 },
    { rule: 'send, key', value: principal.keyPrefix, max: 600 * scale, windowSeconds: 60 },
  ]);
  if (wait) return limited(wait);
  const result = await sendVerification(pool, principal, input);
  if (result.verification) worker.wake();
  return { status: result.verification ? 200 : 409, body: result };
}

async function confirm(principal: Principal, id: string, customerId: string, code: string, updatePrimary: boolean) {
  const wait = await reserve(principal, [
    { rule: 'confirm, customer', value: customerId, max: 30 * scale, windowSeconds: 600 },
    { rule: 'confirm, key', value: principal.keyPrefix, max: 1_200 * scale, windowSeconds: 60 },
  ]);
  if (wait) return limited(wait);
  const input = { verificationId: id, customerId, code, updatePrimary };
  const result = await confirmVerification(pool, secret, principal, input);
  return { status: result.verification ? 200 : 409, body: result };
}

const limited = (retryAfterSeconds: number): Reply => ({
  status: 429,
  body: { error: 'RATE_LIMITED', retryAfterSeconds },
});

function textOf(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => {
      text += chunk;
      if (text.length > 100_000) reject(new RangeError('The body is over 100 kB'));
    });
    request.on('end', () => resolve(text));
    request.on('error', reject);
  });
}

createServer((request, response) => {
  answer(request)
    .catch((error: unknown): Reply => {
      console.error(error);
      return { status: 500, body: { error: 'INTERNAL' } };
    })
    .then(({ status, body }) => {
      const text = JSON.stringify(body);
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
      response.writeHead(status, headers).end(text);
    });
}).listen(Number(PORT), HOST);
process.once('SIGTERM', () => process.exit());
