import { expect, test } from 'vitest';
import { type Connection, run } from '../../../src/entities/database.js';
import { followReplica } from '../../../src/entities/lists.js';

const answering = (name: string) => ({ executeQuery: async () => ({ rows: [{ name }] }) }) as unknown as Connection;

/** A replica that fails as it is told to, and what it was heard of it. */
function replicaAt() {
  let now = 0;
  let fault: unknown;
  let asked = 0;
  let isReplica = true;
  const server = {
    async executeQuery({ sql }: { sql: string }) {
      asked += 1;
      await Promise.resolve();
      if (fault !== undefined) throw fault;
      return { rows: [/pg_is_in_recovery/.test(sql) ? { isReplica, seconds: 0 } : { name: 'replica' }] };
    },
  } as unknown as Connection;
  const replica = followReplica(answering('primary'), server, () => now);
  const heard: string[] = [];
  replica.watch({
    read: (outcome) => heard.push(outcome),
    away: () => heard.push('away'),
    back: () => heard.push('back'),
  });
  const read = async () => (await run<{ name: string }>(replica.lists, 'select'))[0]?.name;
  return {
    replica,
    read,
    heard: () => heard.splice(0),
    asked: () => asked,
    fail: (next?: unknown) => (fault = next),
    follow: (follows: boolean) => (isReplica = follows),
    pass: (milliseconds: number) => (now += milliseconds),
  };
}

const refused = (code: string) => Object.assign(new Error('no'), { code });

test('a replica that goes away is told of once, and so is its return, however many lists are read', async () => {
  const { replica, read, heard, fail, pass } = replicaAt();
  expect(await read()).toBe('replica');
  fail(refused('ECONNREFUSED'));
  expect(await Promise.all([read(), read(), read()])).toEqual(['primary', 'primary', 'primary']);
  expect(replica.isUp()).toBe(false);
  pass(4_999);
  expect(await read()).toBe('primary');
  expect(heard()).toEqual(['REPLICA', 'away', 'AWAY', 'AWAY', 'AWAY', 'AWAY']);
  fail();
  pass(1);
  expect(await read()).toBe('replica');
  expect(heard()).toEqual(['back', 'REPLICA']);
  expect(replica.isUp()).toBe(true);
});

test('of the reads after the pause one asks the replica: the others must not wait with it', async () => {
  const { read, asked, fail, pass } = replicaAt();
  fail(new Error('Query read timeout'));
  await read();
  pass(5_000);
  expect(await Promise.all([read(), read(), read()])).toEqual(['primary', 'primary', 'primary']);
  expect(asked()).toBe(2);
});

test('a statement that the replica cancels or does not know is read on the primary, and the replica goes on', async () => {
  const { replica, read, heard, fail } = replicaAt();
  for (const code of ['40001', '57014', '42P01']) {
    fail(refused(code));
    expect(await read()).toBe('primary');
  }
  expect(heard()).toEqual(['REFUSED', 'REFUSED', 'REFUSED']);
  expect(replica.isUp()).toBe(true);
});

test.each(['28P01', '3D000', '57P03', '53300', 'EHOSTUNREACH'])(
  'a replica that nobody gets into is away: %s',
  async (code) => {
    const { replica, read, heard, fail } = replicaAt();
    fail(refused(code));
    expect(await read()).toBe('primary');
    expect(heard()).toEqual(['away', 'AWAY']);
    expect(replica.isUp()).toBe(false);
  },
);

test('asking for its lag finds out that it is away, where nobody reads a list', async () => {
  const { replica, heard, fail } = replicaAt();
  fail(refused('ECONNREFUSED'));
  await expect(replica.lag()).rejects.toThrow();
  expect(heard()).toEqual(['away']);
});

test('a replica that was promoted has nothing of what is written since: lists are read on the primary until it follows again', async () => {
  const { replica, read, heard, follow, pass } = replicaAt();
  follow(false);
  await expect(replica.lag()).rejects.toThrow('a database of its own');
  for (const waited of [0, 5_000, 60_000]) {
    pass(waited);
    expect(await read()).toBe('primary');
  }
  await expect(replica.lag()).rejects.toThrow('a database of its own');
  expect(replica.isUp()).toBe(false);
  expect(heard()).toEqual(['away', 'AWAY', 'AWAY', 'AWAY']);
  follow(true);
  expect(await replica.lag()).toBe(0);
  expect(await read()).toBe('replica');
  expect(heard()).toEqual(['back', 'REPLICA']);
});
