/** The example of a page with nothing but a publishable key, in a real browser, from an origin of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser, seriousFaults, type TestBrowser } from '../support/browser.js';
import { type CustomerView, createCaller } from '../support/caller.js';
import { newDataDirectory } from '../support/embedded-template.js';
import { type Running, runGateway, startProcess } from '../support/processes.js';

const SERVE = fileURLToPath(new URL('../../examples/connect/serve.js', import.meta.url));

const directory = newDataDirectory();
let shop: ChildProcess;
let gateway: Running;
let browser: TestBrowser;
let ada: CustomerView;
let address: string;

beforeAll(async () => {
  shop = spawn(process.execPath, [SERVE, '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(shop.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  const origin = line.toString().trim();
  const env = { GATEWAY_DATA_DIR: directory.path, CORS_ORIGINS: origin };
  gateway = await startProcess(['serve'], env);
  const createKey = async (kind: string) => {
    const { stdout } = await runGateway(['keys', 'create', '--kind', kind, '--mode', 'test', '--json'], env);
    return (JSON.parse(stdout) as { secret: string }).secret;
  };
  const caller = createCaller(gateway.url, await createKey('secret'));
  ada = await caller.createCustomer({ email: 'ada@shop.example', phone: '+14155550177', region: 'DE' });
  const query = new URLSearchParams({ gateway: gateway.url, key: await createKey('publishable') });
  address = `${origin}/?${query}`;
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.[Symbol.asyncDispose]();
  await gateway?.[Symbol.asyncDispose]();
  shop?.kill();
  directory[Symbol.dispose]();
});

const message = (page: Page) => page.locator('#message');

test('S9 and C6: a customer signs in by email and phone, sees that the phone is verified, refreshes, and signs out', async () => {
  const page = await browser.page();
  await page.goto(address);
  await page.getByLabel('Email').fill('ada@shop.example');
  await page.getByRole('button', { name: 'Send a code' }).click();
  await page.getByLabel('The six digits').fill('000000');
  await page.getByRole('button', { name: 'Confirm' }).click();
  await expect.poll(() => message(page).innerText()).toBe('This code is not right, or not good any more.');
  // As an Arabic keyboard types them.
  await page.getByLabel('The six digits').fill('١٢٣٤٥٦');
  await page.getByRole('button', { name: 'Confirm' }).click();
  await page.getByText(ada.id).waitFor();
  expect(await page.locator('#phone-status').innerText()).toBe('+14155550177 (VERIFIED)');
  expect(await page.locator('#email-status').innerText()).toBe('ada@shop.example (PENDING)');
  expect(await seriousFaults(page)).toEqual([]);
  await page.getByRole('button', { name: 'Refresh' }).click();
  await expect.poll(() => message(page).innerText()).toBe('Refreshed.');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect.poll(() => message(page).innerText()).toBe('Signed out.');
  expect(await page.evaluate('localStorage.length + sessionStorage.length + document.cookie.length')).toBe(0);
  expect({ outside: browser.outside, complaints: browser.complaints }).toEqual({ outside: [], complaints: [] });
});

test('somebody who is not enrolled is told that no code was sent, and not why', async () => {
  const page = await browser.page();
  await page.goto(address);
  await page.getByLabel('Email').fill('nobody@shop.example');
  await page.getByRole('button', { name: 'Send a code' }).click();
  await expect.poll(() => message(page).innerText()).toBe('We cannot send a code for this email.');
  expect(await page.locator('#confirm').isVisible()).toBe(false);
});

test('the same page from an origin that is not listed gets no answer: a copied key works in no other page', async () => {
  const page = await browser.page();
  await page.goto(address.replace('http://127.0.0.1', 'http://localhost'));
  await page.getByLabel('Email').fill('ada@shop.example');
  await page.getByRole('button', { name: 'Send a code' }).click();
  await expect.poll(() => message(page).innerText()).toBe('We cannot be reached. Please try again.');
});
