/** `verifications` of a workspace that has a million: a page costs what it shows, wherever it is. */
import { afterAll, describe, expect, test } from 'vitest';
import { openStorage } from '../../src/entities/storage.js';
import { encodeCursor, type PageArguments, parsePage } from '../../src/kernel/cursor.js';
import { listVerifications, type VerificationFilter } from '../../src/verification/list.js';
import { fillVerifications } from '../support/many-verifications.js';
import { MILLION } from '../support/past-verifications.js';
import { createDatabase } from '../support/postgres.js';
import { sharedPostgres } from '../support/shared-postgres.js';
import { fakeConnection, type Statement } from '../unit/fake-connection.js';
import { type Cost, connectLikeGateway, explain } from './explain.js';

const { url, drop } = await createDatabase(sharedPostgres(), 'scale');
const storage = await openStorage({ databaseUrl: url, dataDirectory: '', migrate: true });
const client = await connectLikeGateway(url);
const filled = performance.now();
const { workspaceId, customerId } = await fillVerifications(storage.database.pool, MILLION);
const report = ['| page of 25 | pages read | ms | rows | by |', '|---|---:|---:|---:|---|'];
const plans: string[] = [];
const note = `${MILLION} verifications in ${Math.round((performance.now() - filled) / 1_000)} s`;
afterAll(async () => {
  console.log(`\n${note}\n\n${report.join('\n')}\n\n${plans.join('\n\n')}\n`);
  await client.end();
  await storage[Symbol.asyncDispose]();
  await drop();
});

/** The statement of a list, as the use case runs it. */
async function statementOf(filter: VerificationFilter, page: PageArguments, isReversed = false): Promise<Statement> {
  const { pool, statements } = fakeConnection(() => []);
  await listVerifications(pool, { workspaceId, mode: 'TEST' }, filter, parsePage(page, isReversed));
  return statements[0] as Statement;
}

async function cost(name: string, filter: VerificationFilter, page: PageArguments = {}, isReversed = false) {
  const measured = await explain(client, await statementOf(filter, page, isReversed));
  const { pages, milliseconds, rows, indexes } = measured;
  if (name === 'first' || name.startsWith('after')) plans.push(`-- ${name}\n${measured.plan}`);
  report.push(`| ${name} | ${pages} | ${milliseconds.toFixed(2)} | ${rows} | ${indexes.join(', ')} |`);
  return measured;
}

async function idAt(offset: number): Promise<string> {
  const { rows } = await client.query<{ id: string }>(
    `select id from verification where workspace_id = $1 and mode = 'TEST' order by id desc offset $2 limit 1`,
    [workspaceId, offset],
  );
  return rows[0]?.id as string;
}
const past = async (offset: number) => ({ after: encodeCursor(await idAt(offset)) });

const first: Cost = await cost('first', {});
const BOUND = 1.5;

describe('R4: a page', () => {
  test.each([MILLION / 2, MILLION - 100])(
    'after %d others costs at most one and a half times the first',
    async (offset) => {
      const far = await cost(`after ${offset}`, {}, await past(offset));
      expect(far.rows).toBe(26);
      expect(far.pages).toBeLessThanOrEqual(BOUND * first.pages);
    },
  );

  test('read from the other end, and backward, costs the same', async () => {
    for (const measured of [
      await cost('reversed', {}, {}, true),
      await cost('reversed, far end', {}, await past(50), true),
      await cost('last 25', {}, { last: 25 }),
    ]) {
      expect(measured.pages).toBeLessThanOrEqual(BOUND * first.pages);
    }
  });

  test('of one day two weeks ago costs the same', async () => {
    const at = Date.now() - 14 * 86_400_000;
    const day = await cost('of a day', { from: new Date(at - 86_400_000), to: new Date(at) });
    expect(day.rows).toBe(26);
    // The margin for clocks that differ is walked over: an hour of verifications at most.
    expect(day.pages).toBeLessThanOrEqual(first.pages + 200);
  });

  test('of one customer is found by an index, and costs no more than it shows', async () => {
    const own = await cost('of a customer', { customerId });
    expect(own.indexes).toContain('verification_of_customer_index');
    // Each row may lie on a page of its own, and each kind of contact is a scan of its own.
    expect(own.pages).toBeLessThanOrEqual(2 * 26 + 20);
  });
});

describe('R4: a page of what is rare', () => {
  test('PENDING never walks over what has expired', async () => {
    for (const measured of [
      await cost('PENDING', { status: 'PENDING' }),
      await cost('PENDING, far end', { status: 'PENDING' }, await past(MILLION / 2)),
    ]) {
      expect(measured.pages).toBeLessThanOrEqual(first.pages + 200);
    }
  });

  test.each<[string, VerificationFilter]>([
    ['by SMS', { channel: 'SMS' }],
    ['by VOICE', { channel: 'VOICE' }],
  ])('PENDING and %s never does either', async (name, filter) => {
    const pending = { ...filter, status: 'PENDING' } as const;
    for (const measured of [
      await cost(`PENDING and ${name}`, pending),
      await cost(`PENDING and ${name}, reversed`, pending, {}, true),
    ]) {
      // Each that is young enough is looked up by itself.
      expect(measured.pages).toBeLessThanOrEqual(MILLION / 50);
    }
  });

  // Found by walking: an index by status would cost every confirmation more than these lists cost their readers.
  test.each<[string, VerificationFilter]>([
    ['VERIFIED', { status: 'VERIFIED' }],
    ['CANCELED', { status: 'CANCELED' }],
    ['FAILED', { status: 'FAILED' }],
    ['by VOICE', { channel: 'VOICE' }],
    ['EXPIRED and by VOICE', { channel: 'VOICE', status: 'EXPIRED' }],
  ])('%s walks over the list once at most, and over a day where from and to name one', async (name, filter) => {
    const whole = await cost(name, filter);
    // The rows and their steps lie some twenty-five to a page.
    expect(whole.pages).toBeLessThanOrEqual(MILLION / 10);
    const at = Date.now() - 86_400_000;
    const day = await cost(`${name}, of a day`, { ...filter, from: new Date(at), to: new Date(at + 86_400_000) });
    expect(day.pages).toBeLessThanOrEqual(whole.pages / 5);
  });
});
