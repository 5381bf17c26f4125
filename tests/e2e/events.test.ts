/** `gateway events tail` and `gateway events listen`, as processes beside a gateway that runs. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterAll, expect, test } from 'vitest';
import { startEventSink } from '../support/event-sink.js';
import { startGateway } from '../support/harness.js';
import { typesOf } from '../support/listening.js';
import { type Environment, runGateway, startCommand } from '../support/processes.js';
import { waitFor } from '../support/wait-for.js';
import { webhooksOf } from '../support/webhooks.js';
import type { TestWorkspace } from '../support/workspace.js';

const gateway = await startGateway();
afterAll(() => gateway[Symbol.asyncDispose]());

const command = (name: string, { test: { key } }: TestWorkspace, ...more: string[]) =>
  startCommand(['events', name, '--url', gateway.url, '--key', key, ...more]);

/** A verification of somebody new; the endpoint without a URL is there by then. */
async function verify({ test: caller }: TestWorkspace) {
  await waitFor('events are written', async () => (await webhooksOf(caller).list()).length > 0);
  const { id: customerId } = await caller.createCustomer({ email: 'ada@example.com' });
  const { id } = await caller.sendEmail(customerId);
  await waitFor('it was sent', async () => (await webhooksOf(caller).events({ objectId: id })).length === 2);
  return id;
}

test('tail shows what happens from now on, a line each, and leaves nothing behind', async () => {
  const workspace = await gateway.workspace();
  await using tail = command('tail', workspace);
  const id = await verify(workspace);
  await waitFor('two lines', () => tail.stdout().split('\n').length === 3);
  expect(
    tail
      .stdout()
      .trim()
      .split('\n')
      .map((line) => line.split('  ').slice(1)),
  ).toEqual([
    ['verification.sent', id],
    ['verification.delivered', id],
  ]);
  expect(await tail.end('SIGINT')).toMatchObject({ code: 0, stderr: '' });
  expect(await webhooksOf(workspace.test).list()).toEqual([]);
});

test('tail shows only the types that are asked for, as JSON where it is asked for, and nothing of before', async () => {
  const workspace = await gateway.workspace();
  const webhooks = webhooksOf(workspace.test);
  const { endpoint } = await webhooks.create({});
  const before = await verify(workspace);
  await using tail = command('tail', workspace, '--json', '--type', 'verification.delivered,verification.verified');
  // It has begun once it shows something: until then more is made happen.
  const [line] = await waitFor(
    'the first line',
    async () => {
      await verify(workspace);
      return tail.stdout().includes('\n') && tail.stdout().split('\n');
    },
    60_000,
  );
  const event = JSON.parse(line as string);
  expect(event).toMatchObject({ type: 'verification.delivered', objectId: expect.stringMatching(/^Verification:/) });
  expect(event.objectId).not.toBe(before);
  expect((await tail.end('SIGTERM')).code).toBe(0);
  expect((await webhooks.list()).map(({ id }) => id)).toEqual([endpoint.id]);
});

test('listen forwards what happens, signed with the secret that it shows, under the id that endpoints see', async () => {
  const workspace = await gateway.workspace();
  await using sink = await startEventSink();
  await using listen = command('listen', workspace, '--forward-to', `${sink.url}/hooks`);
  const [secret] = await waitFor('the secret', () => /whsec_\S+/.exec(listen.stdout()) ?? undefined);
  sink.expect(secret);
  const id = await verify(workspace);
  const events = await waitFor('both are forwarded', () => sink.told.length === 2 && sink.told);
  expect(typesOf(events)).toEqual(['verification.sent', 'verification.delivered']);
  expect(events.map((event) => event.id)).toEqual((await webhooksOf(workspace.test).events()).map((event) => event.id));
  expect(events[0]?.data).toMatchObject({ verificationId: id });
  expect(events[0]?.data).not.toHaveProperty('contact');
  await waitFor('what became of them is shown', () => listen.stdout().match(/ {2}200$/gm)?.length === 2);
  expect((await listen.end('SIGINT')).code).toBe(0);
});

test('tail goes on where the gateway is away for a while behind its proxy: it says so once, and misses nothing', async () => {
  const workspace = await gateway.workspace();
  let answers: 'AS_EVER' | 'BAD_GATEWAY' | 'UNAVAILABLE' = 'AS_EVER';
  const server = createServer(async (incoming, outgoing) => {
    const body = await buffer(incoming);
    if (answers === 'BAD_GATEWAY') return outgoing.writeHead(502).end('<h1>Bad Gateway</h1>');
    const unavailable = { message: 'The database is away.', extensions: { code: 'SERVICE_UNAVAILABLE' } };
    if (answers === 'UNAVAILABLE') return outgoing.writeHead(200).end(JSON.stringify({ errors: [unavailable] }));
    const headers = { 'content-type': 'application/json', authorization: String(incoming.headers.authorization) };
    const answer = await fetch(`${gateway.url}/graphql`, { method: 'POST', headers, body });
    return outgoing.writeHead(answer.status).end(await answer.text());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  await using tail = startCommand(['events', 'tail', '--url', `http://127.0.0.1:${port}`, '--key', workspace.test.key]);
  await verify(workspace);
  await waitFor('two lines', () => tail.stdout().split('\n').length === 3);
  for (const [word, said] of [
    ['BAD_GATEWAY', 'answered 502'],
    ['UNAVAILABLE', 'The database is away.'],
  ] as const) {
    answers = word;
    await waitFor('it says so', () => tail.stderr().includes(said));
    await verify(workspace);
    answers = 'AS_EVER';
    await waitFor('it says that it is back', () => tail.stderr().trimEnd().endsWith('it is back'));
  }
  await waitFor('six lines', () => tail.stdout().split('\n').length === 7);
  expect(tail.stderr().match(/trying again/g)).toHaveLength(2);
  expect((await tail.end('SIGINT')).code).toBe(0);
  server.close();
});

test('tail goes on where an answer breaks off in the middle, as of a gateway that is restarted', async () => {
  const workspace = await gateway.workspace();
  let isBroken = false;
  const server = createServer(async (incoming, outgoing) => {
    const body = await buffer(incoming);
    const headers = { 'content-type': 'application/json', authorization: String(incoming.headers.authorization) };
    const answer = await (await fetch(`${gateway.url}/graphql`, { method: 'POST', headers, body })).text();
    outgoing.writeHead(200, { 'content-length': Buffer.byteLength(answer) });
    if (isBroken) outgoing.write(answer.slice(0, 10), () => outgoing.destroy());
    else outgoing.end(answer);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  await using tail = startCommand(['events', 'tail', '--url', `http://127.0.0.1:${port}`, '--key', workspace.test.key]);
  await verify(workspace);
  await waitFor('two lines', () => tail.stdout().split('\n').length === 3);
  isBroken = true;
  await waitFor('it says so', () => tail.hasEnded() || tail.stderr().includes('broke off'));
  await verify(workspace);
  isBroken = false;
  await waitFor('four lines', () => tail.hasEnded() || tail.stdout().split('\n').length === 5);
  expect((await tail.end('SIGINT')).code).toBe(0);
  server.close();
});

test('listen ends at once and leaves nothing behind, however many events wait for a target that does not answer', async () => {
  const workspace = await gateway.workspace();
  const silent = createServer(() => {});
  await once(silent.listen(0, '127.0.0.1'), 'listening');
  const { port } = silent.address() as AddressInfo;
  const forwarded = once(silent, 'request');
  await using listen = command('listen', workspace, '--forward-to', `http://127.0.0.1:${port}`);
  await verify(workspace);
  await forwarded;
  const startedAt = performance.now();
  expect((await listen.end('SIGINT')).code).toBe(0);
  expect(performance.now() - startedAt).toBeLessThan(8_000);
  expect(await webhooksOf(workspace.test).list()).toEqual([]);
  silent.closeAllConnections();
  silent.close();
});

test.each([
  ['--forward-to', ['--url', gateway.url, '--forward-to', 'localhost:3000/webhooks']],
  ['--url', ['--url', 'localhost:4000', '--forward-to', 'http://localhost:3000/webhooks']],
])('a %s without its scheme is refused: `localhost:` would be taken for one', async (option, args) => {
  const { code, stderr } = await runGateway(['events', 'listen', '--key', 'sk_test_nothing', ...args]);
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(`^gateway: ${option} must be a URL`) });
});

test('two that follow at once do not depend on each other: each goes on when the other ends', async () => {
  const workspace = await gateway.workspace();
  const webhooks = webhooksOf(workspace.test);
  await using first = command('tail', workspace);
  await waitFor('the first has begun', async () => (await webhooks.list()).length === 1);
  await using second = command('tail', workspace);
  await waitFor('the second has begun', async () => (await webhooks.list()).length === 2);
  expect(await first.end('SIGINT')).toMatchObject({ code: 0 });
  const id = await verify(workspace);
  await waitFor('two lines', () => second.stdout().split('\n').length === 3);
  expect(second.stdout()).toContain(id);
  expect(await second.end('SIGINT')).toMatchObject({ code: 0, stderr: '' });
  expect(await webhooks.list()).toEqual([]);
});

test('with a key that may make no endpoint it makes do with one that is there', async () => {
  const workspace = await gateway.workspace();
  const { endpoint } = await webhooksOf(workspace.test).create({});
  const { secret } = await workspace.key({ scopes: ['workspace:read'] });
  await using tail = startCommand(['events', 'tail', '--url', gateway.url, '--key', secret]);
  await waitFor('it shows what happens', async () => {
    await verify(workspace);
    return tail.stdout().includes('verification.sent');
  });
  expect(await tail.end('SIGINT')).toMatchObject({ code: 0, stderr: '' });
  expect((await webhooksOf(workspace.test).list()).map(({ id }) => id)).toEqual([endpoint.id]);
});

test.each<[string, (tail: ReturnType<typeof command>, workspace: TestWorkspace) => Promise<unknown>]>([
  [
    'whoever reads it goes',
    async (tail, workspace) => {
      tail.hangUp();
      await verify(workspace);
    },
  ],
  ['its terminal is closed', (tail) => tail.end('SIGHUP')],
])('where %s it ends and leaves nothing behind', async (_, leave) => {
  const workspace = await gateway.workspace();
  const webhooks = webhooksOf(workspace.test);
  await using tail = command('tail', workspace);
  await verify(workspace);
  await waitFor('two lines', () => tail.stdout().split('\n').length === 3);
  await leave(tail, workspace);
  expect(await tail.finished).toMatchObject({ code: 0, stderr: '' });
  expect(await webhooks.list()).toEqual([]);
});

test('with a key that is revoked meanwhile it says so in one line, and that its endpoint is left', async () => {
  const workspace = await gateway.workspace();
  const { id, secret } = await workspace.key();
  await using tail = startCommand(['events', 'tail', '--url', gateway.url, '--key', secret]);
  const { list } = webhooksOf(workspace.test);
  await waitFor('it has begun', async () => (await list()).length === 1);
  await gateway.sql('update api_key set revoked_at = now() where id = $1', [id]);
  const [endpoint] = await list();
  const { code, stderr } = await tail.finished;
  expect({ code, lines: stderr.trim().split('\n') }).toEqual({
    code: 1,
    lines: [
      `gateway: the endpoint ${endpoint?.id}, which was made for this, could not be removed`,
      expect.stringContaining('The API key is not valid here'),
    ],
  });
});

test('attack: whoever lists processes reads the key: it may come in the environment, and none is on the command line', async () => {
  const workspace = await gateway.workspace();
  await using tail = startCommand(['events', 'tail', '--url', gateway.url], { GATEWAY_KEY: workspace.test.key });
  const id = await verify(workspace);
  await waitFor('two lines', () => tail.stdout().split('\n').length === 3);
  expect(tail.stdout()).toContain(id);
  expect((await tail.end('SIGINT')).code).toBe(0);
});

test('--help names where the key may come from, and not what is there', async () => {
  const { stdout } = await runGateway(['events', 'listen', '--help'], { GATEWAY_KEY: 'sk_test_not_to_be_shown' });
  expect(stdout).toContain('GATEWAY_KEY');
  expect(stdout).not.toContain('sk_test_not_to_be_shown');
});

test.each<[string, string[], Environment?]>([
  ['a key that is none', ['--key', 'sk_test_nothing']],
  ['one in the environment that is none', [], { GATEWAY_KEY: 'sk_test_nothing' }],
  ['an empty one there', [], { GATEWAY_KEY: '' }],
  ['no key', []],
])('with %s it says so and exits 1', async (_, key, environment) => {
  const { code, stdout, stderr } = await runGateway(['events', 'tail', '--url', gateway.url, ...key], environment);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^\S.*\n$/);
});
