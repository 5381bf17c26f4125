/** Takes the pictures that the documents show, from the pages as they are. */
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Example, startExample } from '../support/apollo-example.js';
import { openBrowser } from '../support/browser.js';
import { ask, CODE, enter, openAs, part, said } from '../support/example-page.js';
import { saved } from '../support/saved-methods.js';

const MAX_BYTES = 150_000;

let example: Example;
beforeAll(async () => {
  example = await startExample();
});
afterAll(() => example?.[Symbol.asyncDispose]());

async function take(page: Page, name: string, fullPage = false): Promise<void> {
  const path = fileURLToPath(new URL(`../../docs/images/${name}.png`, import.meta.url));
  await page.screenshot({ path, fullPage, caret: 'hide', animations: 'disabled' });
  expect(statSync(path).size, name).toBeLessThan(MAX_BYTES);
}

const linkTo = (name: string) => new RegExp(`${name}: +(\\S+)`).exec(example.gateway.stdout())?.[1] ?? '';

test.each(['light', 'dark'] as const)('the verification form in %s colors', async (colorScheme) => {
  await using browser = await openBrowser({ viewport: { width: 560, height: 640 }, colorScheme });
  const { page, person } = await openAs(example, browser.context);
  await saved(example.backend, { customerId: person.id, brand: 'Visa', expiryMonth: 4, expiryYear: 2031 });
  await page.reload();
  await ask(page, 'Email');
  await enter(page, 'Email', '000000');
  await said(page, 'Email').toContain('2 tries left');
  await part(page, 'Email').getByLabel('Code, 6 digits').fill(CODE);
  await take(page, `verification-form-${colorScheme}`, true);
});

test('the playground and the inbox', async () => {
  await example.backend.sendPhone((await example.person()).id);
  await using browser = await openBrowser({ viewport: { width: 1100, height: 680 }, colorScheme: 'light' });
  const inbox = await browser.page();
  await inbox.goto(linkTo('Inbox'));
  const playground = await browser.page();
  // Wide enough for all tabs, the subscription's too.
  await playground.setViewportSize({ width: 1440, height: 680 });
  await playground.goto(linkTo('Playground'));
  await playground.getByTitle('SendEmailVerification', { exact: true }).click();
  const result = playground.locator('.result-window .view-lines');
  const run = async () => {
    if ((await result.innerText()) === '') await playground.getByRole('button', { name: /execute query/i }).click();
    return result.innerText();
  };
  await expect.poll(run, { timeout: 30_000, interval: 500 }).toContain('PENDING');
  await take(playground, 'playground');
  await inbox.bringToFront();
  await inbox.locator('.item').first().click();
  await inbox.frameLocator('iframe').getByText(CODE).first().waitFor();
  // The frame is another process to the browser: what it has painted is in the picture of the page after its own.
  await inbox.frameLocator('iframe').locator('body').screenshot();
  await take(inbox, 'inbox');
  await inbox.locator('.item').filter({ hasText: 'SMS' }).first().click();
  await inbox.getByRole('figure').getByText(CODE).waitFor();
  await take(inbox, 'inbox-sms');
});
