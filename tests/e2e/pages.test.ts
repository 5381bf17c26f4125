/** The pages in a real browser, from `gateway serve`, with everything but this machine out of reach. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBrowser, seriousFaults, type TestBrowser } from '../support/browser.js';
import { type Running, startProcess } from '../support/processes.js';

const directory = mkdtempSync(join(tmpdir(), 'gateway-pages-'));
let gateway: Running;
let browser: TestBrowser;
let playgroundLink = '';
let inboxLink = '';

beforeAll(async () => {
  gateway = await startProcess(['serve'], { GATEWAY_DATA_DIR: join(directory, 'data') });
  playgroundLink = /Playground: (\S+)/.exec(gateway.stdout())?.[1] ?? '';
  inboxLink = /Inbox:\s+(\S+)/.exec(gateway.stdout())?.[1] ?? '';
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.[Symbol.asyncDispose]();
  await gateway?.[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

async function runTab(page: Page, name: string): Promise<string> {
  await page.getByTitle(name, { exact: true }).click();
  const shown = page.locator('.result-window .view-lines');
  const run = async () => {
    // A person is slower than the editor; a script that is faster than it asks for the operation of the tab before.
    if (!/"data"/.test(await shown.innerText())) await page.getByRole('button', { name: /execute query/i }).click();
    return shown.innerText();
  };
  await expect.poll(run, { timeout: 15_000, interval: 500 }).toMatch(/"data"/);
  return shown.innerText();
}

describe('P3: from one command, with no network,', () => {
  test('the playground runs the main job, and the inbox shows the message', async () => {
    const inbox = await browser.page();
    await inbox.goto(inboxLink);
    await inbox.getByText('Nothing was sent yet.').waitFor();
    const page = await browser.page();
    await page.goto(playgroundLink);
    expect(page.url()).toBe(`${gateway.url}/playground`);
    expect(await runTab(page, 'SendEmailVerification')).toContain('PENDING');
    // The page is told within half a second of the delivery; the rest of the second is the delivery's.
    await inbox.locator('.item').first().waitFor({ timeout: 5_000 });
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

  test('neither page has a fault that axe-core calls serious', async () => {
    const page = await browser.page();
    await page.goto(`${gateway.url}/inbox`);
    await page.locator('.item').first().click();
    await page.locator('iframe').waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await page.goto(`${gateway.url}/playground`);
    await page.getByRole('button', { name: /execute query/i }).waitFor();
    expect(await seriousFaults(page)).toEqual([]);
  });

  test.each(['?endpoint=https://evil.example/graphql', '?url=//evil.example', '#endpoint=https://evil.example'])(
    'a link with %s cannot point the playground elsewhere',
    async (suffix) => {
      const page = await browser.page();
      const asked: string[] = [];
      page.on('request', (request) => void asked.push(new URL(request.url()).origin));
      await page.goto(`${gateway.url}/playground${suffix}`);
      await page.getByRole('button', { name: /execute query/i }).click();
      expect([...new Set(asked)].filter((origin) => origin.startsWith('http'))).toEqual([gateway.url]);
    },
  );

  test('a link cannot plant a key that is not a test key', async () => {
    const page = await (await openContextFree(browser)).newPage();
    await page.goto(`${gateway.url}/playground#key=sk_live_${'a'.repeat(50)}`);
    await page.getByRole('button', { name: 'Headers' }).click();
    await expect.poll(() => page.locator('body').innerText()).not.toContain('sk_live_');
  });
});

const openContextFree = async ({ context }: TestBrowser) => context.browser()?.newContext() ?? context;
