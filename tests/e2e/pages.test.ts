/** The playground in a real browser, from `npm start`, with everything but this machine out of reach. */
import type { Page, Request, Response } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildGatewaySchema } from '../../src/resolvers/schema.js';
import { openBrowser, seriousFaults, type TestBrowser } from '../support/browser.js';
import { npmStart } from '../support/npm-start.js';
import type { Running } from '../support/processes.js';

let gateway: Running;
let browser: TestBrowser;
let playgroundLink = '';
let inboxLink = '';

beforeAll(async () => {
  gateway = await npmStart();
  playgroundLink = /Playground: (\S+)/.exec(gateway.stdout())?.[1] ?? '';
  inboxLink = /Inbox:\s+(\S+)/.exec(gateway.stdout())?.[1] ?? '';
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.[Symbol.asyncDispose]();
  await gateway?.[Symbol.asyncDispose]();
});

const execute = (page: Page) => page.getByRole('button', { name: /execute query/i });

/** What the playground ran: the name of the operation, or nothing for other requests. */
const operationOf = (request: Request): string | undefined =>
  request.url().endsWith('/graphql') ? request.postDataJSON()?.operationName : undefined;

const editor = (page: Page) => page.locator('.graphiql-query-editor .view-lines');

/** Opens it and waits until it can be used: what is clicked before the editor is there is lost. */
async function openPlayground(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await editor(page).filter({ hasText: 'SendEmailVerification' }).waitFor({ timeout: 60_000 });
}

async function runTab(page: Page, name: string): Promise<string> {
  await page.getByTitle(name, { exact: true }).click();
  await editor(page).filter({ hasText: name }).waitFor();
  const isRun = (response: Response) => !['IntrospectionQuery', undefined].includes(operationOf(response.request()));
  // A person is slower than the editor; a script that is faster than it asks for the operation of the tab before.
  const run = async () => {
    const [response] = await Promise.all([page.waitForResponse(isRun), execute(page).click()]);
    return operationOf(response.request());
  };
  await expect.poll(run, { timeout: 60_000 }).toBe(name);
  const shown = page.locator('.result-window .view-lines');
  await expect.poll(() => shown.innerText(), { timeout: 15_000 }).toMatch(/"data"/);
  return shown.innerText();
}

describe('P3: from one command, with no network,', () => {
  test('the playground runs the main job, and the inbox shows the message', async () => {
    const inbox = await browser.page();
    await inbox.goto(inboxLink);
    await inbox.getByText('Nothing was sent yet.').waitFor();
    const page = await browser.page();
    await openPlayground(page, playgroundLink);
    expect(page.url()).toBe(`${gateway.url}/playground`);
    expect(await runTab(page, 'SendEmailVerification')).toContain('PENDING');
    await inbox.locator('.item').first().waitFor();
    expect(await inbox.locator('.item .to').first().innerText()).toBe('ada@example.com');
    expect(await runTab(page, 'ConfirmEmailVerification')).toContain('VERIFIED');
    expect(await runTab(page, 'Customer')).toContain('ada@example.com');
    expect(await runTab(page, 'VerificationChanged')).toMatch(/"verificationChanged":\s*null/);
    const email = inbox.frameLocator('iframe');
    expect(await email.locator('body').innerText()).toContain('123456');
    await inbox.getByRole('button', { name: /copy code/i }).click();
    expect(await inbox.evaluate('navigator.clipboard.readText()')).toBe('123456');
    expect(browser.outside).toEqual([]);
    expect(browser.complaints).toEqual([]);
  });

  test.each(['light', 'dark'] as const)(
    'in %s colors nothing of it is serious for axe-core, with an answer, the headers and the documentation open',
    async (colorScheme) => {
      await using own = await openBrowser({ colorScheme });
      const page = await own.page();
      await openPlayground(page, playgroundLink);
      expect(await runTab(page, 'Customer')).toContain('ada@example.com');
      const ground = 'getComputedStyle(document.querySelector(".graphiql-container")).backgroundColor';
      const [red = 0] =
        String(await page.evaluate(ground))
          .match(/\d+/g)
          ?.map(Number) ?? [];
      expect(red > 128 ? 'light' : 'dark').toBe(colorScheme);
      await page.getByRole('button', { name: 'Headers' }).click();
      await page.getByText('"authorization"').first().waitFor();
      await page.getByRole('button', { name: /show documentation explorer/i }).click();
      await page.getByRole('link', { name: 'Mutation', exact: true }).click();
      await page.getByRole('link', { name: 'sendEmailVerification', exact: true }).click();
      const { sendEmailVerification } = buildGatewaySchema().getMutationType()?.getFields() ?? {};
      const [firstLine = ''] = (sendEmailVerification?.description ?? '').split('\n');
      await page.getByText(firstLine).first().waitFor();
      expect(await seriousFaults(page)).toEqual([]);
      expect({ outside: own.outside, complaints: own.complaints }).toEqual({ outside: [], complaints: [] });
    },
  );

  const planted = { authorization: 'Bearer planted', 'x-planted': 'planted' };
  const parameters = (values: object) => String(new URLSearchParams(Object.entries(values)));
  test.each([
    '?endpoint=https://evil.example/graphql&planted',
    '?url=//evil.example&subscriptionUrl=wss://evil.example&planted',
    '#endpoint=https://evil.example&url=https://evil.example&planted',
    `?${parameters({ headers: JSON.stringify(planted) })}`,
    `#${parameters({ headers: JSON.stringify(planted), key: 'planted', customer: 'planted' })}`,
    `?${parameters({ query: 'mutation planted { planted }', variables: '{"planted":1}', operationName: 'planted' })}`,
  ])('a link with %s cannot point the playground elsewhere, nor put anything into it', async (suffix) => {
    await using own = await openBrowser();
    const page = await own.page();
    const asked: string[] = [];
    page.on('request', (request) => {
      const { url, headers, body } = { url: request.url(), headers: request.headers(), body: request.postData() };
      if (!request.isNavigationRequest() && url.startsWith('http')) asked.push(JSON.stringify({ url, headers, body }));
    });
    await openPlayground(page, `${gateway.url}/playground${suffix}`);
    const run = async () => {
      await execute(page).click();
      return asked.some((request) => request.includes('SendEmailVerification'));
    };
    await expect.poll(run, { timeout: 60_000, interval: 500 }).toBe(true);
    expect(asked.filter((request) => !request.startsWith(`{"url":"${gateway.url}/`))).toEqual([]);
    expect(asked.filter((request) => request.includes('planted'))).toEqual([]);
    expect(await page.content()).not.toContain('planted');
    expect({ url: page.url(), outside: own.outside }).toEqual({ url: `${gateway.url}/playground`, outside: [] });
  });

  test('a link cannot plant a key that is not a test key', async () => {
    await using own = await openBrowser();
    const page = await own.page();
    await page.goto(`${gateway.url}/playground#key=sk_live_${'a'.repeat(50)}`);
    await page.getByRole('button', { name: 'Headers' }).click();
    await expect.poll(() => page.locator('body').innerText()).not.toContain('sk_live_');
  });
});

test.each([
  ['critical', '<img src="data:,">', 'image-alt: img'],
  ['serious', '<p style="color: #999; background: #fff">too faint</p>', 'color-contrast: p'],
])('what axe-core calls %s is found where it is', async (_, markup, fault) => {
  const page = await browser.page();
  await page.setContent(`<html lang="en"><title>Title</title><main>${markup}</main></html>`);
  expect(await seriousFaults(page)).toEqual([fault]);
});

test('SIGTERM to npm alone, as a supervisor sends it, ends the server that it started', async () => {
  process.kill(gateway.pid, 'SIGTERM');
  await gateway.finished;
  await expect(fetch(`${gateway.url}/livez`)).rejects.toThrow();
});
