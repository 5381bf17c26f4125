/** What answers under `/l/`: to links, to what is none, and to whoever tries many. */
import { afterAll, describe, expect, test } from 'vitest';
import type { CustomerView, Variables, VerificationView } from '../support/caller.js';
import { startGateway } from '../support/harness.js';
import { click, open, sendLink, tokenOf } from '../support/links.js';
import { sampleIn, scrape } from '../support/metrics.js';
import { HOSTILE, LIST, SAME } from '../unit/kernel/hostile-redirects.js';

const SECRET = 'the secret that the tests of the link know';
const gateway = await startGateway({
  work: false,
  env: { GATEWAY_SECRET: SECRET, TRUSTED_PROXIES: '127.0.0.1', GATEWAY_LIMIT_SCALE: '1' },
});
afterAll(() => gateway[Symbol.asyncDispose]());

async function workspaceWith(redirectUris: readonly string[] = LIST) {
  const workspace = await gateway.workspace();
  await gateway.sql('update workspace set redirect_uris = $2 where id = $1', [workspace.id, redirectUris]);
  return workspace;
}

let people = 0;
/** A link of test mode, and what it is for. */
async function sent(input: Variables = {}) {
  const { id: workspaceId, test: caller } = await workspaceWith();
  const { id: customerId } = await caller.createCustomer();
  const email = `visitor${++people}@example.com`;
  const { verification } = await sendLink(caller, { customerId, email, redirectUri: LIST[0], ...input });
  const id = verification?.id as string;
  const token = tokenOf(SECRET, workspaceId, 'TEST', id);
  const stored = () => caller.call<VerificationView>('verification', { id });
  return { caller, workspaceId, customerId, email, id, token, page: `${gateway.url}/l/${token}`, stored };
}

const SAFE = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'x-robots-tag': 'noindex, nofollow',
};
const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });
let addresses = 0;
/** A visitor whom no limit knows yet. */
const stranger = () => from(`192.0.2.${++addresses}`);

describe('a link of test mode', () => {
  test('works as a live one does', async () => {
    const { page, caller, customerId, email } = await sent();
    expect(await click(page)).toMatchObject({ status: 303, location: `${LIST[0]}?result=true` });
    const { contactPoints } = await caller.call<CustomerView>('customer', { id: customerId });
    expect(contactPoints).toMatchObject([{ value: email, verifiedBy: 'EMAIL_LINK' }]);
  });

  test('is counted once where its click verifies, as a code is', async () => {
    const labels = { channel: 'EMAIL', provider: 'test-mode', mode: 'TEST', country: 'none' };
    const verified = async () => sampleIn(await scrape(gateway.url), 'gateway_verified_total', labels);
    const before = await verified();
    const { page } = await sent();
    for (let clicks = 0; clicks < 3; clicks += 1) await click(page);
    expect(await verified()).toBe(before + 1);
  });

  test('to expired@test.invalid has expired before it is clicked', async () => {
    const { page } = await sent({ email: 'expired@test.invalid' });
    expect(await click(page)).toMatchObject({ status: 303, location: `${LIST[0]}?result=false` });
  });

  test('keeps the query of its redirect, and has one result', async () => {
    const { page } = await sent({ redirectUri: LIST[1] });
    expect((await click(page)).location).toBe(`${LIST[1]}&result=true`);
  });

  test('is clicked by a post without a body and without its media type as well', async () => {
    const { page } = await sent();
    expect(await open(page, { method: 'POST' })).toMatchObject({ status: 303, location: `${LIST[0]}?result=true` });
  });
});

describe('the page', () => {
  test('has one form, which posts to the link itself, and lets nothing else happen', async () => {
    const { page, token } = await sent();
    const { headers, text } = await open(page);
    expect(text.match(/<form[^>]*>/g)).toEqual([`<form method="post" action="/l/${token}">`]);
    expect(text.match(/<script/g)).toHaveLength(1);
    expect(text).not.toMatch(/<script[^>]|<img|<link|<iframe|https?:/);
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+'; form-action 'self' https:; base-uri 'none'; frame-ancestors 'none'$/,
    );
  });

  test('and every other answer says nothing to caches, search engines, frames and the next site', async () => {
    const { page } = await sent();
    const answers = [await open(page), await open(page, { method: 'HEAD' }), await click(page), await click(page)];
    answers.push(await open(page), await open(`${gateway.url}/l/unknown`, stranger()));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 303, 303, 303, 404]);
    for (const { headers } of answers) expect(Object.fromEntries(headers)).toMatchObject(SAFE);
    for (const { headers } of answers) expect(headers.get('set-cookie')).toBeNull();
  });
});

describe('what is no link is one plain page, 404, and leads nowhere:', () => {
  test('unknown, malformed, forged, of another world and of a verification by code', async () => {
    const { token, workspaceId, id, caller, customerId } = await sent();
    const code = await caller.sendEmail(customerId, { email: 'code@example.com' });
    const forged = [
      '',
      'x',
      '..%2f..%2fgraphql',
      '%00',
      '<script>alert(1)</script>',
      'A'.repeat(92),
      'A'.repeat(5_000),
      token.slice(1),
      `${token}A`,
      `${token}/`,
      `${token}/more`,
      token.toLowerCase(),
      `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`,
      tokenOf('another secret of at least 32 bytes', workspaceId, 'TEST', id),
      tokenOf(SECRET, workspaceId, 'LIVE', id),
      tokenOf(SECRET, (await gateway.workspace()).id, 'TEST', id),
      tokenOf(SECRET, workspaceId, 'TEST', code.id),
      tokenOf(SECRET, workspaceId, 'TEST', customerId),
    ];
    const pages = new Set<string>();
    for (const each of forged) {
      for (const method of ['GET', 'POST']) {
        const answer = await open(`${gateway.url}/l/${each}`, { method, ...stranger() });
        expect(answer, `${method} ${each}`).toMatchObject({ status: 404, location: null });
        pages.add(answer.text);
      }
    }
    expect(pages.size).toBe(1);
    expect([...pages][0]).toContain('This link no longer works');
  });

  test.each(['de-DE,de;q=0.9', 'gsw-CH,de;q=0.9,en;q=0.8'])('in the language of the browser: %s', async (accepted) => {
    const answer = await open(`${gateway.url}/l/x`, {
      headers: { 'accept-language': accepted, ...stranger().headers },
    });
    expect(answer.text).toContain('<html lang="de" dir="ltr">');
  });

  test('tried sixty times from one address: the next is 429, and a real link still opens there', async () => {
    const visitor = from('203.0.113.7');
    const statuses: number[] = [];
    for (let time = 0; time < 61; time += 1)
      statuses.push((await open(`${gateway.url}/l/guess${time}`, visitor)).status);
    expect(statuses).toEqual([...Array.from({ length: 60 }, () => 404), 429]);
    const refused = await open(`${gateway.url}/l/guess`, { method: 'POST', ...visitor });
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    const { page } = await sent();
    expect((await open(page, visitor)).status).toBe(200);
    expect((await open(`${gateway.url}/l/guess`, from('203.0.113.8'))).status).toBe(404);
  });
});

test('no error repeats the path of a link', async () => {
  const { token, page } = await sent();
  const answers = [
    await open(page, { method: 'PUT' }),
    await open(`${gateway.url}/L/${token}`),
    await open(`${gateway.url}//l/${token}`),
    await open(`${gateway.url}/l/${token}%zz`),
    await open(`${gateway.url}/x/l/${token}`),
    await open(page, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'x' }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 400, 404, 415]);
  for (const { text } of answers) {
    expect(text).toContain('"errors"');
    expect(text).not.toContain(token);
  }
});

describe('S2: redirectUri must be on the list exactly', () => {
  test('none of more than a hundred ways leaves the list, and none is written', async () => {
    const { test: caller } = await workspaceWith();
    const { id: customerId } = await caller.createCustomer();
    for (const [index, redirectUri] of HOSTILE.entries()) {
      const outcome = await sendLink(caller, { customerId, email: `hostile${index}@example.com`, redirectUri });
      expect(outcome, redirectUri).toEqual({ __typename: 'Refused', code: 'REDIRECT_NOT_ALLOWED' });
    }
    const written = await gateway.sql<{ uri: string }>('select distinct redirect_uri as uri from verification_link');
    for (const { uri } of written) expect(LIST).toContain(uri);
  }, 60_000);

  test('another spelling of an entry is that entry: it is what is kept, and where the click ends', async () => {
    for (const redirectUri of SAME) {
      const { page } = await sent({ redirectUri });
      expect((await click(page)).location).toBe(`${LIST[0]}?result=true`);
    }
  });
});
