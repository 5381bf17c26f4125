/** The link of a mail as scanners and then a person open it: real mail, a real browser, a real site behind it. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createKey } from '../../src/access/api-keys.js';
import { createWorkspace } from '../../src/customers/workspaces.js';
import { run } from '../../src/entities/database.js';
import { openStorage } from '../../src/entities/storage.js';
import { openBrowser, type TestBrowser } from '../support/browser.js';
import { type CustomerView, createCaller, type VerificationView } from '../support/caller.js';
import { newDataDirectory } from '../support/embedded-template.js';
import { click, linkIn, open, sendLink } from '../support/links.js';
import { startMailbox } from '../support/mailbox.js';
import { freePort } from '../support/postgres-server.js';
import { startProcess } from '../support/processes.js';
import { waitFor } from '../support/wait-for.js';

const resources = new AsyncDisposableStack();
afterAll(() => resources.disposeAsync());

const mailbox = resources.use(await startMailbox());
const directory = resources.use(newDataDirectory());

/** The site that the workspace sends its people back to: it keeps what they came with. */
const visits: { url: string; referer: string | undefined }[] = [];
const site = createServer((request, response) => {
  visits.push({ url: request.url ?? '', referer: request.headers.referer });
  response.setHeader('content-type', 'text/html');
  // Slow enough that whoever clicks again clicks on the page that they are leaving.
  setTimeout(() => response.end('<title>Shop</title><h1>Welcome back</h1>'), 300);
}).listen(0, '127.0.0.1');
await once(site, 'listening');
resources.defer(() => void site.close());
const REDIRECT = `http://localhost:${(site.address() as AddressInfo).port}/verified?order=7`;

const port = await freePort();
let key = '';
{
  await using storage = await openStorage({ databaseUrl: undefined, dataDirectory: directory.path, migrate: false });
  const { pool } = storage.database;
  const workspaceId = await createWorkspace(pool, 'Acme Market');
  await run(pool, 'update workspace set redirect_uris = $2 where id = $1', [workspaceId, [REDIRECT]]);
  key = (await createKey(pool, { workspaceId, kind: 'SECRET', mode: 'LIVE', name: 'e2e' })).secret;
}
const gateway = resources.use(
  await startProcess(['serve'], {
    GATEWAY_DATA_DIR: directory.path,
    PORT: String(port),
    SMTP_URL: mailbox.url,
    MAIL_FROM: 'codes@gateway.example',
    LOG_LEVEL: 'trace',
  }),
);
const caller = createCaller(gateway.url, key);
let browser: TestBrowser;
beforeAll(async () => {
  browser = resources.use(await openBrowser());
});

let people = 0;
async function mailed(input: Record<string, unknown> = {}) {
  const email = `person${++people}@example.com`;
  const { id: customerId } = await caller.createCustomer();
  const { verification } = await sendLink(caller, { customerId, email, redirectUri: REDIRECT, ...input });
  const mail = await waitFor(`mail to ${email}`, () => mailbox.mailsTo(email)[0]);
  const id = verification?.id as string;
  const status = async () => (await caller.call<VerificationView>('verification', { id })).status;
  return { ...linkIn(mail), customerId, email, status };
}

/** Opens the link as a scanner's browser does: runs what there is to run, follows what loads, clicks nothing. */
async function scan(url: string): Promise<void> {
  const page = await browser.page();
  const response = await page.goto(url, { waitUntil: 'networkidle' });
  expect(response?.status()).toBe(200);
  await page.mouse.move(200, 200);
  await page.keyboard.press('PageDown');
  await page.close();
}

describe('C9: the link works after scanners have opened it', () => {
  test('twenty openings, by fetch, HEAD and a browser that does not click; then the click of a person verifies', async () => {
    const { url, token, customerId, email, status } = await mailed();
    expect(url).toBe(`http://127.0.0.1:${port}/l/${token}`);
    for (let time = 0; time < 5; time += 1) {
      expect((await open(url)).status).toBe(200);
      expect((await open(url, { method: 'HEAD' })).status).toBe(200);
      // With what a page might ask for besides itself.
      const also = await Promise.all(['/favicon.ico', '/robots.txt'].map((path) => open(`${gateway.url}${path}`)));
      expect(also.map((answer) => answer.status)).toEqual([404, 404]);
      expect((await open(url, { headers: { 'sec-purpose': 'prefetch;prerender' } })).status).toBe(200);
      await scan(url);
    }
    expect(await status()).toBe('PENDING');
    expect(visits).toEqual([]);

    const page = await browser.page();
    await page.goto(url);
    expect(await page.title()).toContain('Acme Market');
    const posted = page.waitForResponse((response) => response.request().method() === 'POST');
    await page.getByRole('button').click();
    await page.waitForURL(/\/verified/);
    expect((await posted).status()).toBe(303);
    expect(page.url()).toBe(`${REDIRECT}&result=true`);
    expect(await page.textContent('h1')).toBe('Welcome back');
    expect(visits.filter((visit) => visit.url.startsWith('/verified'))).toEqual([
      { url: '/verified?order=7&result=true', referer: undefined },
    ]);
    expect(await status()).toBe('VERIFIED');
    const { contactPoints } = await caller.call<CustomerView>('customer', { id: customerId });
    expect(contactPoints).toMatchObject([{ value: email, verifiedBy: 'EMAIL_LINK', isPrimary: true }]);

    // The same person again, from the mail.
    await page.goto(url);
    expect(page.url()).toBe(`${REDIRECT}&result=false`);
    expect(browser.complaints).toEqual([]);
    expect(`${gateway.stdout()}${gateway.stderr()}`).not.toContain(token);
  });

  test('a double click, and more of them while the site is slow, is one click: it ends with result=true', async () => {
    const { url, status } = await mailed();
    const page = await browser.page();
    const posts: string[] = [];
    page.on('request', (request) => void (request.method() === 'POST' && posts.push(request.url())));
    await page.goto(url);
    await page.getByRole('button').click({ clickCount: 4, delay: 20, noWaitAfter: true });
    await page.waitForURL(/\/verified/);
    expect(page.url()).toBe(`${REDIRECT}&result=true`);
    expect(posts).toEqual([url]);
    expect(await status()).toBe('VERIFIED');
    expect(browser.complaints).toEqual([]);
  });

  test('who comes back to the page, as the browser kept it, can click again', async () => {
    const { url, status } = await mailed();
    const page = await browser.page();
    await page.goto(url);
    let posts = 0;
    await page.route(url, (route) => route.fulfill({ status: ++posts && 204 }));
    await page.getByRole('button').dblclick();
    await page.getByRole('button').click();
    expect(posts).toBe(1);
    await page.unroute(url);
    // What browsers tell a page that comes out of their back/forward cache; the tests' one keeps none.
    await page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))");
    expect(await status()).toBe('PENDING');
    await page.getByRole('button').click();
    await page.waitForURL(/\/verified/);
    expect(page.url()).toBe(`${REDIRECT}&result=true`);
  });

  test('with the keyboard alone, and where scripts are off', async () => {
    const { url, status } = await mailed({ locale: 'ar' });
    await using plain = await openBrowser({ javaScriptEnabled: false, colorScheme: 'dark' });
    const page = await plain.page();
    await page.goto(url);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/verified/);
    expect(page.url()).toBe(`${REDIRECT}&result=true`);
    expect(await status()).toBe('VERIFIED');
    expect(plain.complaints).toEqual([]);
  });
});

test('a page of another site cannot put the link’s page into a frame, and so not under a click that is meant for something else', async () => {
  const { url, status } = await mailed();
  const page = await browser.page();
  await page.goto(REDIRECT);
  await page.setContent(`<iframe src="${url}" width="600" height="400"></iframe>`);
  const frame = await waitFor('the frame', () => page.frames().find((each) => each !== page.mainFrame()));
  await frame.waitForLoadState().catch(() => undefined);
  expect(await frame.locator('button').count()).toBe(0);
  expect(await status()).toBe('PENDING');
  expect(await click(url)).toMatchObject({ location: `${REDIRECT}&result=true` });
});
