/** What reads, lists and verifications cost when tables are long. */
import { expect } from 'vitest';
import { createKey } from '../../src/access/api-keys.js';
import { openStorage } from '../../src/entities/storage.js';
import { type Caller, createCaller } from '../support/caller.js';
import { newPerson } from '../support/connect.js';
import { evidence } from '../support/evidence.js';
import { createFleet, type Fleet } from '../support/fleet.js';
import { dataOf } from '../support/graphql-client.js';
import { fillVerifications } from '../support/many-verifications.js';
import { inWords, measureLoad, type Workers, workersOf } from '../support/measured-load.js';
import { startPostgres } from '../support/postgres.js';

const LINES = 16;

evidence('sizes', 'Long tables', async ({ size, progress, about, figure, isShort }) => {
  const [reads, verifications] = [size(5_000, 50), size(1_000, 10)];
  const rows = isShort ? [1_000] : [10_000, 1_000_000, 10_000_000];
  about(
    `Long tables: ${reads} reads, ${reads / 5} lists and ${verifications} verifications in a workspace that has so many already, ${LINES} at once. All on one PostgreSQL with \`fsync\`, on the same machine. Then the CPU of a call, of gateway and PostgreSQL, and the share of the cores that gateway, PostgreSQL, client and others had: what is short first is the largest.`,
  );
  for (const total of rows) {
    // A server for each: what the one before has left to checkpoint and to vacuum is not this one's.
    const postgres = await startPostgres();
    await using resources = new AsyncDisposableStack();
    resources.defer(() => postgres.stop());
    const fleet = resources.use(await createFleet(postgres.url, { GATEWAY_LIMIT_SCALE: '1000000' }));
    progress(`${total} verifications are filled in`);
    const filled = performance.now();
    const world = await fill(fleet, total);
    const took = `${((performance.now() - filled) / 1_000).toFixed(0)} s to fill in`;
    const server = await fleet.start(['serve']);
    progress(`${total} verifications: ${took}`);
    const caller = createCaller(server.url, world.key);
    const name = `${total.toLocaleString('en')} verifications`;
    figure(`${name}: tables and indexes`, `${await gigabytes(fleet)} GB, ${took}`);
    for (const [what, value] of await measured(await workersOf(fleet, [server]), caller, world, reads, verifications))
      figure(`${name}: ${what}`, value);
  }
});

interface Filled {
  /** A secret test key of the workspace. */
  readonly key: string;
  /** Global ids of verifications and customers, from everywhere in the tables. */
  readonly verifications: readonly string[];
  readonly customers: readonly string[];
}

async function fill(fleet: Fleet, total: number): Promise<Filled> {
  await using storage = await openStorage({
    databaseUrl: fleet.env['DATABASE_URL'],
    dataDirectory: '',
    migrate: false,
  });
  const { pool } = storage.database;
  // Nothing waits for the disk while tables are filled; all does again when they are measured.
  await fleet.sql('alter system set fsync = off');
  await fleet.sql('select pg_reload_conf()');
  const { workspaceId } = await fillVerifications(pool, total);
  await fleet.sql('alter system reset fsync');
  await fleet.sql('select pg_reload_conf()');
  const { secret } = await createKey(pool, { workspaceId, kind: 'SECRET', mode: 'TEST', name: 'sizes' });
  const someOf = async (type: string, table: string, share: number) => {
    const text = `select id from ${table} tablesample bernoulli (${share}) order by random() limit 5000`;
    return (await fleet.sql<{ id: string }>(text)).map(({ id }) => `${type}:${id}`);
  };
  const verifications = await someOf('Verification', 'verification', Math.min(100, 1_000_000 / total));
  // What was filled in is on the disk before anything is measured.
  await fleet.sql('checkpoint');
  return { key: secret, verifications, customers: await someOf('Customer', 'customer', 100) };
}

async function gigabytes(fleet: Fleet): Promise<string> {
  const [row] = await fleet.sql<{ bytes: string }>('select pg_database_size(current_database()) as bytes');
  return (Number(row?.bytes) / 1e9).toFixed(2);
}

const LIST = `query ($customerId: ID) { verifications(first: 25, customerId: $customerId) {
  nodes { id status createdAt expiresAt steps { channel to status } } pageInfo { hasNextPage endCursor } } }`;

async function measured(workers: Workers, caller: Caller, filled: Filled, reads: number, verifications: number) {
  const one = (ids: readonly string[], index: number) => ids[index % ids.length] as string;
  const list = async (variables: Record<string, unknown>) => {
    return dataOf(await caller.query<{ verifications: { nodes: object[] } }>(LIST, variables)).verifications.nodes;
  };
  const verify = async () => {
    const { id } = await caller.createCustomer({ email: newPerson().email });
    const sent = await caller.sendEmail(id);
    const outcome = await caller.call('confirm', { input: { verificationId: sent.id, code: '123456' } });
    expect(outcome.__typename).toBe('VerificationConfirmed');
  };
  const works: readonly [string, number, (index: number) => Promise<unknown>][] = [
    ['read of a customer', reads, (index) => caller.call('customer', { id: one(filled.customers, index) })],
    [
      'read of a verification, anywhere',
      reads,
      (index) => caller.call('verification', { id: one(filled.verifications, index) }),
    ],
    ['list, first page', Math.ceil(reads / 5), async () => expect(await list({})).toHaveLength(25)],
    [
      "list, a customer's",
      Math.ceil(reads / 5),
      (index) => list({ customerId: one(filled.customers.slice(0, 500), index) }),
    ],
    ['create, send and confirm', verifications, verify],
  ];
  const figures: [string, string][] = [];
  for (const [name, count, work] of works) {
    await measureLoad(workers, LINES, Math.ceil(count / 5), work);
    figures.push([name, inWords(await measureLoad(workers, LINES, count, work))]);
  }
  return figures;
}
