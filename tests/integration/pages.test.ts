import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newDataDirectory } from '../support/embedded-template.js';
import { startGateway, type TestGateway } from '../support/harness.js';
import { cookieOf, openInbox, signIn } from '../support/inbox.js';
import { click, sendLink } from '../support/links.js';
import { waitFor } from '../support/wait-for.js';
import type { TestWorkspace } from '../support/workspace.js';

let gateway: TestGateway;
let workspace: TestWorkspace;
beforeAll(async () => {
  gateway = await startGateway();
  workspace = await gateway.workspace();
});
afterAll(() => gateway[Symbol.asyncDispose]());

const at = (path: string) => gateway.url + path;
const open = async (key: string) => (await openInbox(gateway.url, { key })).cookie;
const read = async (cookie: string) => (await openInbox(gateway.url, { cookie })).read();
const messageTo = async (cookie: string, to: string) => (await openInbox(gateway.url, { cookie })).messageTo(to);

describe('the pages', () => {
  test.each(['/playground', '/inbox'])('%s loads nothing from elsewhere, and nobody frames it', async (path) => {
    const response = await fetch(at(path));
    expect(response.status).toBe(200);
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/^default-src 'none'; script-src 'self';/);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/https?:|\*|unsafe-eval|script-src[^;]*unsafe-inline/);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('cache-control')).toBe('no-store');
    const files = [...(await response.text()).matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => file as string);
    const own = files.filter((file) => file.startsWith('/'));
    expect(files.filter((file) => !file.startsWith('/') && file !== 'data:,')).toEqual([]);
    expect(own.length).toBeGreaterThan(0);
    for (const file of own.filter((name) => name.startsWith('/pages/'))) {
      expect((await fetch(at(file))).headers.get('cache-control')).toContain('immutable');
    }
  });

  test.each(['/pages/assets/../../../package.json', '/pages/assets/%2e%2e/%2e%2e/package.json', '/pages/assets/'])(
    'path traversal: %s reaches no file outside the pages',
    async (path) => {
      expect((await fetch(at(path))).status).toBeGreaterThanOrEqual(400);
    },
  );

  test('are not there in production unless they are turned on', async () => {
    const env = { PLAYGROUND: 'off', INBOX: 'off' };
    await using other = await startGateway({ env });
    for (const path of ['/playground', '/inbox', '/inbox/messages', '/pages/assets/'])
      expect((await fetch(other.url + path)).status, path).toBe(404);
  });
});

describe('the inbox shows', () => {
  test('P3: an email and an SMS of test mode as they would have been, with the code that confirms them', async () => {
    const cookie = await open(workspace.test.key);
    const { id: customerId } = await workspace.test.createCustomer({ email: 'ada@example.com', locale: 'de' });
    await workspace.test.sendEmail(customerId);
    await workspace.test.sendPhone(customerId, { phoneNumber: '+4915112345678' });
    const email = await messageTo(cookie, 'ada@example.com');
    expect(email).toMatchObject({ status: 'DELIVERED', code: '123456', subject: expect.stringContaining('123456') });
    expect(await messageTo(cookie, '+4915112345678')).toMatchObject({ code: '123456', html: null });
    const html = await fetch(at(email.html as string), { headers: { cookie } });
    expect(await html.text()).toContain('123456');
    const confirmed = await workspace.test.call('confirmEmail', { input: { customerId, code: email.code } });
    expect(confirmed.__typename).toBe('VerificationConfirmed');
  });

  test('why a message did not arrive, and no text of it', async () => {
    const cookie = await open(workspace.test.key);
    const { id } = await workspace.test.createCustomer();
    await workspace.test.sendEmail(id, { email: 'undeliverable@test.invalid' });
    const message = await waitFor('the failure', async () =>
      (await read(cookie)).find(({ to, status }) => to === 'undeliverable@test.invalid' && status === 'FAILED'),
    );
    expect(message).toMatchObject({ text: '', code: null, html: null });
  });

  test('an email in a sandbox that runs no script and loads nothing', async () => {
    const cookie = await open(workspace.test.key);
    const { id } = await workspace.test.createCustomer();
    await workspace.test.sendEmail(id, { email: 'framed@example.com' });
    const { html } = await messageTo(cookie, 'framed@example.com');
    const policy = (await fetch(at(html as string), { headers: { cookie } })).headers.get('content-security-policy');
    expect(policy).toMatch(/^sandbox; default-src 'none';/);
    expect(policy).not.toContain('script-src');
  });
});

/** A key as a program shows it. */
const shown = (key: string): Record<string, string>[] => [{ authorization: `Bearer ${key}` }, { 'x-api-key': key }];

test('the inbox opens for a program that shows a secret test key with each request, of its own workspace', async () => {
  const own = await gateway.workspace();
  const { id: customerId } = await own.test.createCustomer();
  await own.test.sendEmail(customerId, { email: 'by-key@example.com' });
  const { id, secret } = await own.key({ scopes: ['verifications:read'] });
  for (const headers of [...shown(secret), { authorization: `Basic ${btoa(`${id}:${secret}`)}` }]) {
    const inbox = await openInbox(gateway.url, { headers });
    const { code, html } = await inbox.messageTo('by-key@example.com');
    expect(code).toBe('123456');
    const response = await inbox.get(html as string);
    expect(response.headers.get('set-cookie')).toBeNull();
    expect(await response.text()).toContain('123456');
    expect((await inbox.read()).map(({ to }) => to)).toEqual(['by-key@example.com']);
  }
  await gateway.sql('update api_key set revoked_at = now() where id = $1', [id]);
  gateway.app.forgetKeys();
  for (const headers of shown(secret)) expect((await fetch(at('/inbox/messages'), { headers })).status).toBe(401);
});

describe('the inbox opens for nobody else:', () => {
  test.each<[string, () => Promise<string> | string, number]>([
    ['a publishable key', async () => (await workspace.key({ kind: 'PUBLISHABLE' })).secret, 403],
    ['a live key', () => workspace.live.key, 403],
    ['a key narrowed to something else', async () => (await workspace.key({ scopes: ['customers:read'] })).secret, 403],
    ['a key of published operations alone', async () => (await workspace.key({ persistedOnly: true })).secret, 403],
    ['the key of a merchant', async () => (await workspace.key({ merchantId: 'm-1' })).secret, 403],
    ['a key that is none', () => 'sk_test_nothing', 401],
  ])('%s is refused', async (_, make, status) => {
    const key = await make();
    const response = await signIn(gateway.url, key);
    expect(response.status).toBe(status);
    expect(response.headers.get('set-cookie')).toBeNull();
    const cookie = await open(workspace.test.key);
    for (const headers of await shown(key)) {
      for (const path of ['/inbox/messages', '/inbox/events', '/inbox/messages/x/html'])
        expect((await fetch(at(path), { headers })).status, path).toBe(status);
      expect((await fetch(at('/inbox/messages'), { method: 'DELETE', headers })).status).toBe(status);
      // What is shown and refused is never taken for nothing.
      expect((await fetch(at('/inbox/messages'), { headers: { ...headers, cookie } })).status).toBe(status);
    }
  });

  test.each(['/inbox/messages', '/inbox/events', '/inbox/messages/x/html'])(
    '%s without a session is UNAUTHENTICATED',
    async (path) => {
      expect((await fetch(at(path))).status).toBe(401);
    },
  );

  test('a forged or altered cookie is no session', async () => {
    const good = await open(workspace.test.key);
    const [name = '', value = ''] = good.split('=');
    const [body = '', signature] = decodeURIComponent(value).split('.');
    const altered = JSON.parse(Buffer.from(body, 'base64url').toString()) as object;
    const forged = Buffer.from(JSON.stringify({ ...altered, workspaceId: 'other', keyId: null })).toString('base64url');
    for (const cookie of [`${name}=${forged}`, `${name}=${forged}.${signature}`, `${name}=`, `${name}=x.y.z`])
      expect((await fetch(at('/inbox/messages'), { headers: { cookie } })).status, cookie).toBe(401);
  });

  test('a session ends with the key that opened it', async () => {
    const key = await workspace.key();
    const cookie = await open(key.secret);
    await read(cookie);
    await gateway.sql('update api_key set revoked_at = now() where id = $1', [key.id]);
    expect((await fetch(at('/inbox/messages'), { headers: { cookie } })).status).toBe(401);
  });

  test('another workspace sees none of its messages', async () => {
    const other = await gateway.workspace();
    const { id } = await workspace.test.createCustomer();
    await workspace.test.sendEmail(id, { email: 'mine@example.com' });
    await messageTo(await open(workspace.test.key), 'mine@example.com');
    expect(await read(await open(other.test.key))).toEqual([]);
  });

  test('a link opens it once', async () => {
    const link = at(gateway.app.inboxLink(workspace.id));
    const first = await fetch(link, { redirect: 'manual' });
    expect([first.status, first.headers.get('location')]).toEqual([303, '/inbox']);
    await read(cookieOf(first));
    const second = await fetch(link, { redirect: 'manual' });
    expect([second.status, second.headers.get('set-cookie')]).toEqual([303, null]);
  });
});

describe('clearing', () => {
  test('hides what was sent until then, and nothing that comes after', async () => {
    const other = await gateway.workspace();
    const cookie = await open(other.test.key);
    const { id } = await other.test.createCustomer();
    await other.test.sendEmail(id, { email: 'before@example.com' });
    await messageTo(cookie, 'before@example.com');
    expect((await fetch(at('/inbox/messages'), { method: 'DELETE', headers: { cookie } })).status).toBe(204);
    expect(await read(cookie)).toEqual([]);
    await other.test.sendEmail(id, { email: 'after@example.com' });
    await messageTo(cookie, 'after@example.com');
    expect((await read(cookie)).map(({ to }) => to)).toEqual(['after@example.com']);
  });

  test('cross-site request forgery: a page of another site cannot clear it', async () => {
    const cookie = await open(workspace.test.key);
    for (const site of ['cross-site', 'same-site']) {
      const headers = { cookie, 'sec-fetch-site': site };
      expect((await fetch(at('/inbox/messages'), { method: 'DELETE', headers })).status).toBe(403);
    }
  });
});

test('a session goes on when a new GATEWAY_SECRET stands first, and ends with the one that it was signed under', async () => {
  using directory = newDataDirectory();
  const [older, newer] = ['the secret that every process had so far', 'the secret that stands first from now on'];
  const startUnder = (...secrets: string[]) =>
    startGateway({ env: { GATEWAY_DATA_DIR: directory.path, GATEWAY_SECRET: secrets.join() }, work: false });
  const begin = async () => {
    await using before = await startUnder(older);
    return (await openInbox(before.url, { key: (await before.workspace()).test.key })).cookie;
  };
  const cookie = await begin();
  const statusUnder = async (...secrets: string[]) => {
    await using after = await startUnder(...secrets);
    return (await fetch(`${after.url}/inbox/messages`, { headers: { cookie } })).status;
  };
  expect(await statusUnder(newer, older)).toBe(200);
  expect(await statusUnder(newer)).toBe(401);
});

test('stopping ends the pages that follow instead of waiting for them', async () => {
  const stopping = await startGateway();
  const other = await stopping.workspace();
  const response = await (await openInbox(stopping.url, { key: other.test.key })).get('/inbox/events');
  const ended = response.text();
  await stopping[Symbol.asyncDispose]();
  expect(await ended).toContain('event: messages');
});

test('the inbox shows the link of a verification by link, which the person clicks as a live one', async () => {
  const redirectUri = 'https://app.acme.example/verified';
  const linked = await gateway.workspace();
  await gateway.sql('update workspace set redirect_uris = $2 where id = $1', [linked.id, [redirectUri]]);
  const { id: customerId } = await linked.test.createCustomer();
  await sendLink(linked.test, { customerId, email: 'linked@example.com', redirectUri });
  const { link, code, text } = await messageTo(await open(linked.test.key), 'linked@example.com');
  expect({ code, isInText: text.includes(link ?? 'none') }).toEqual({ code: null, isInText: true });
  const { pathname } = new URL(link as string);
  expect(await click(at(pathname))).toMatchObject({ status: 303, location: `${redirectUri}?result=true` });
});
