/** An operator rotates keys, beside a running server and without one. */
import { afterAll, describe, expect, test } from 'vitest';
import { newDataDirectory } from '../support/embedded-template.js';
import { dataOf, errorOf, postGraphql } from '../support/graphql-client.js';
import { documentOf, startOwner } from '../support/owner.js';
import { runGateway, startProcess } from '../support/processes.js';
import { waitFor } from '../support/wait-for.js';

const owner = await startOwner();
afterAll(() => owner[Symbol.asyncDispose]());
const { gateway, env } = owner;
const { demo } = JSON.parse(gateway.stdout()) as { demo: { secretKey: string } };

const EVENTS = 'query ($id: ID) { auditEvents(objectId: $id) { nodes { actorKind actorId action } } }';

interface Key {
  id: string;
  secret: string;
  kind: string;
  mode: string;
  scopes: string[];
  previous: { id: string; expiresAt: string };
}

const ask = (key: string, document: string, variables = {}) => postGraphql(gateway.url, document, variables, { key });
const isGood = async (key: string) => (await ask(key, '{ viewer { mode } }')).status === 200;
const make = async (...args: string[]) =>
  documentOf<Key>(await runGateway(['keys', 'create', '--kind', 'secret', '--mode', 'test', '--json', ...args], env));
const rotate = (...args: string[]) => runGateway(['keys', 'rotate', ...args], env);
const DAY_MS = 86_400_000;
/** Milliseconds from now, by this host's clock. */
const until = ({ previous }: Key) => Date.parse(previous.expiresAt) - (performance.timeOrigin + performance.now());

describe('keys rotate', () => {
  test('makes a key that is like the old one, which stays good for a day', async () => {
    const old = await make('--scopes', 'customers:read,verifications:read', '--persisted-only');
    const fresh = documentOf<Key>(await rotate(old.id, '--json'));
    const { kind, mode, scopes } = old;
    expect(fresh).toEqual({
      id: expect.stringMatching(/^ApiKey:/),
      secret: expect.stringMatching(/^sk_test_/),
      ...{ kind, mode, scopes },
      previous: { id: old.id, expiresAt: expect.any(String) },
    });
    expect(fresh.id).not.toBe(old.id);
    expect(Math.abs(until(fresh) - DAY_MS)).toBeLessThan(60_000);
    // Narrowed as the old one: both run published operations only.
    for (const { secret } of [old, fresh])
      expect(errorOf(await ask(secret, '{ viewer { mode } }')).code).toBe('OPERATION_NOT_ALLOWED');
  });

  test('keeps the old key good for as long as --overlap says, beside the running server, and no longer', async () => {
    const [old, other] = [await make(), await make()];
    const fresh = documentOf<Key>(await rotate(old.id, '--overlap', '60', '--json'));
    expect(Math.abs(until(fresh) - 60_000)).toBeLessThan(30_000);
    expect([await isGood(old.secret), await isGood(fresh.secret)]).toEqual([true, true]);
    expect(await isGood(other.secret)).toBe(true);
    const next = documentOf<Key>(await rotate(other.id, '--overlap', '0', '--json'));
    expect([await isGood(other.secret), await isGood(next.secret)]).toEqual([false, true]);
    const short = documentOf<Key>(await rotate(next.id, '--overlap', '2', '--json'));
    expect(await isGood(next.secret)).toBe(true);
    await waitFor('the overlap is over', async () => !(await isGood(next.secret)));
    expect(await isGood(short.secret)).toBe(true);
  });

  test('does not prolong a key that expires sooner than its overlap', async () => {
    const expires = new Date(performance.timeOrigin + performance.now() + 3_600_000).toISOString();
    const old = await make('--expires', expires);
    expect(documentOf<Key>(await rotate(old.id, '--json')).previous.expiresAt).toBe(expires);
  });

  test('is in the audit log, for both keys, as the operator’s', async () => {
    const old = await make();
    const fresh = documentOf<Key>(await rotate(old.id, '--json'));
    const eventsOf = async (id: string) => (await ask(demo.secretKey, EVENTS, { id })).body.data?.['auditEvents'];
    const by = (actorId: string, action: string) => ({ actorKind: 'COMMAND', actorId, action });
    expect(await eventsOf(old.id)).toEqual({
      nodes: [by('keys rotate', 'api_key.rotated'), by('keys create', 'api_key.created')],
    });
    expect(await eventsOf(fresh.id)).toEqual({ nodes: [by('keys rotate', 'api_key.created')] });
  });

  test('shows a person the new key this once, and until when the old one is good', async () => {
    const old = await make();
    const { code, stdout } = await rotate(old.id);
    expect(code).toBe(0);
    const [id, secret = '', said] = stdout.split('\n');
    expect(id).toMatch(/^ApiKey:/);
    expect(await isGood(secret)).toBe(true);
    expect(said).toMatch(new RegExp(`^It is shown this once\\. ${old.id} is good until \\d{4}-.*Z\\.$`));
  });

  test('works without a server too, on the directory itself', async () => {
    using own = newDataDirectory();
    const alone = { GATEWAY_DATA_DIR: own.path };
    expect((await runGateway(['workspaces', 'create', '--name', 'Acme'], alone)).code).toBe(0);
    const old = documentOf<Key>(
      await runGateway(['keys', 'create', '--kind', 'secret', '--mode', 'live', '--json'], alone),
    );
    const fresh = documentOf<Key>(await runGateway(['keys', 'rotate', old.id, '--json'], alone));
    await using later = await startProcess(['serve'], alone);
    for (const { secret: key } of [old, fresh])
      expect(dataOf(await postGraphql(later.url, '{ viewer { mode } }', {}, { key }))).toEqual({
        viewer: { mode: 'LIVE' },
      });
  });
});

describe('keys rotate refuses, with one line and no key,', () => {
  const refused = async (...args: string[]) => {
    const { code, stdout, stderr } = await rotate(...args);
    expect({ code, stdout, lines: stderr.trim().split('\n').length }).toEqual({ code: 1, stdout: '', lines: 1 });
    return stderr;
  };

  test('a key that there is not', async () => {
    for (const id of ['ApiKey:01a1f9f3-2bb7-782f-bb89-9d961c4cf735', 'ApiKey:1', 'x'])
      expect(await refused(id)).toContain('There is no such key');
  });

  test('a key that was rotated before: of a key there is one successor', async () => {
    const { id } = await make();
    await rotate(id);
    expect(await refused(id)).toContain('it was rotated before');
  });

  test('a key that was revoked: a leaked one gets no successor', async () => {
    const { id } = await make();
    await runGateway(['keys', 'revoke', id], env);
    expect(await refused(id)).toContain('it has ended');
  });

  test('an overlap of more than a week, and then the key stays as it was', async () => {
    const { id, secret } = await make();
    expect(await refused(id, '--overlap', '604801')).toContain('0 to 604800');
    expect(await isGood(secret)).toBe(true);
    expect(documentOf<Key>(await rotate(id, '--overlap', '604800', '--json')).previous.id).toBe(id);
  });
});
