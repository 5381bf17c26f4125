/** The list of what is pending, by every filter beside it, never walks over what has expired. */
import { afterAll, expect, test } from 'vitest';
import { openStorage } from '../../src/entities/storage.js';
import { parsePage } from '../../src/kernel/cursor.js';
import { listVerifications, type VerificationFilter } from '../../src/verification/list.js';
import { connectLikeGateway, explain } from '../scale/explain.js';
import { fillVerifications } from '../support/many-verifications.js';
import { createDatabase } from '../support/postgres.js';
import { sharedPostgres } from '../support/shared-postgres.js';
import { fakeConnection, type Statement } from '../unit/fake-connection.js';

const resources = new AsyncDisposableStack();
afterAll(() => resources.disposeAsync());
const { url, drop } = await createDatabase(sharedPostgres(), 'pending_list');
resources.defer(drop);
const storage = resources.use(await openStorage({ databaseUrl: url, dataDirectory: '', migrate: true }));
const client = await connectLikeGateway(url);
resources.defer(() => client.end());
// Of thirty days: some hundred of them are young enough to be pending.
const { workspaceId, customerId } = await fillVerifications(storage.database.pool, 50_000);

test.each<[string, VerificationFilter]>([
  ['by itself', {}],
  ['by a channel that is common', { channel: 'SMS' }],
  ['by a channel that nothing pending went by', { channel: 'VOICE' }],
  ['by customer', { customerId }],
])('R4: PENDING %s, from either end', async (_, filter) => {
  for (const isReversed of [false, true]) {
    const { pool, statements } = fakeConnection(() => []);
    const world = { workspaceId, mode: 'TEST' } as const;
    await listVerifications(pool, world, { ...filter, status: 'PENDING' }, parsePage({}, isReversed));
    const { pages } = await explain(client, statements[0] as Statement);
    // The steps alone are more than a thousand.
    expect(pages).toBeLessThan(800);
  }
});
