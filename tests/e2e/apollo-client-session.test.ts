/** The Apollo Client example over reloads, lost connections and tokens that end. */
import type { Page } from 'playwright-core';
import { afterAll, describe, expect, test } from 'vitest';
import { openBrowser } from '../support/browser.js';
import { ask, CODE, emailsTo, enter, openExample, operationOf, part, said, signIn } from '../support/example-page.js';
import { dataOf } from '../support/graphql-client.js';

const { example, open, ...used } = await openExample();
afterAll(() => used[Symbol.asyncDispose]());

// A message is counted once it was delivered; one whose code was entered before is not sent at all.
const DELIVERY = { timeout: 15_000 };

describe('nothing is lost', () => {
  test('by a reload in the middle: the customer is signed in, and the code is still asked for', async () => {
    const { page } = await open();
    await ask(page, 'Email');
    await enter(page, 'Email', '000000');
    await said(page, 'Email').toContain('2 tries left');
    await page.reload();
    await enter(page, 'Email', '000000');
    await said(page, 'Email').toContain('1 try left');
    await page.reload();
    await enter(page, 'Email', CODE);
    await said(page, 'Email').toBe('Confirmed.');
  });

  test('by a lost connection: it is said, and pressing again when it is back sends one message', async () => {
    await using own = await openBrowser();
    const { page, person } = await open(own);
    await own.context.setOffline(true);
    await ask(page, 'Email');
    await said(page, 'Email').toBe('The service cannot be reached. Check your connection and try again.');
    await own.context.setOffline(false);
    await ask(page, 'Email');
    // The line is cut again once the message is sent, not while it is.
    await part(page, 'Email').getByLabel('Code, 6 digits').waitFor();
    await expect.poll(() => emailsTo(example, person.id), DELIVERY).toEqual([1]);
    await own.context.setOffline(true);
    await enter(page, 'Email', '000000');
    await said(page, 'Email').toBe('The service cannot be reached. Check your connection and try again.');
    expect(await part(page, 'Email').getByLabel('Code, 6 digits').inputValue()).toBe('000000');
    await own.context.setOffline(false);
    await enter(page, 'Email', CODE);
    await said(page, 'Email').toBe('Confirmed.');
    expect(await emailsTo(example, person.id)).toEqual([1]);
  });

  // Four tries are made before the page says that the service cannot be reached.
  test.each([
    { answers: 'an answer', times: 1, by: 'the page' },
    { answers: 'all answers', times: 4, by: 'the customer' },
  ])(
    'by $answers that never arrived: $by sends again under the same key, and one message goes out',
    async ({ times }) => {
      const { page, person } = await open();
      let lost = 0;
      await page.route('**/graphql', async (route) => {
        if (operationOf(route.request()) !== 'SendToEmail' || lost === times) return route.fallback();
        lost += 1;
        await route.fetch();
        return route.abort();
      });
      await ask(page, 'Email');
      if (times === 4) {
        await said(page, 'Email').toContain('cannot be reached');
        await ask(page, 'Email');
      }
      await expect.poll(() => emailsTo(example, person.id), DELIVERY).toEqual([1]);
      await enter(page, 'Email', CODE);
      await said(page, 'Email').toBe('Confirmed.');
      expect(lost).toBe(times);
      expect(await emailsTo(example, person.id)).toEqual([1]);
    },
  );

  test('by a double click: one code is sent', async () => {
    const { page, person } = await open();
    await part(page, 'Email').getByRole('button', { name: 'Send a code' }).dblclick();
    await said(page, 'Email').toBe('We sent a code.');
    await expect.poll(() => emailsTo(example, person.id), DELIVERY).toEqual([1]);
  });
});

describe('the session', () => {
  const change = (page: Page, tokens: object) =>
    page.evaluate((changes) => {
      const kept = JSON.parse(sessionStorage.getItem('identity-session') ?? '');
      sessionStorage.setItem('identity-session', JSON.stringify({ ...kept, ...changes }));
    }, tokens);
  const reloaded = async (page: Page) => {
    const names: string[] = [];
    page.on(
      'request',
      (request) => request.url().endsWith('/graphql') && names.push(request.postDataJSON().operationName),
    );
    await page.reload();
    await page.getByRole('heading', { level: 1 }).waitFor();
    return names;
  };

  test('is refreshed once before its access token expires, however many calls wait for it', async () => {
    const { page } = await open();
    await ask(page, 'Email');
    await part(page, 'Email').getByLabel('Code, 6 digits').waitFor();
    await change(page, { expiresAt: Date.now() + 10_000 });
    const names = await reloaded(page);
    await enter(page, 'Email', CODE);
    await said(page, 'Email').toBe('Confirmed.');
    expect(names.filter((name) => name === 'Refresh')).toHaveLength(1);
    expect(names[0]).toBe('Refresh');
  });

  test('is refreshed when the gateway refuses the access token, and the call is made once more', async () => {
    const { page } = await open();
    await change(page, { accessToken: 'a.b.c' });
    expect(await reloaded(page)).toEqual(['Profile', 'Refresh', 'Profile']);
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Your contact details');
  });

  test('that the gateway has ended leads back to the start, with a word why', async () => {
    const { page, person } = await open();
    const end = 'mutation ($input: EndSessionInput!) { endSession(input: $input) { ended } }';
    dataOf(await example.backend.query(end, { input: { customerId: person.id } }));
    await ask(page, 'Email');
    await page.getByText('You were signed out. Sign in again.').waitFor();
    expect(await page.evaluate(() => sessionStorage.getItem('identity-session'))).toBeNull();
  });

  test('that the customer ends leaves neither tokens nor contacts to whoever signs in next', async () => {
    const { page, person } = await open();
    await ask(page, 'Email');
    await part(page, 'Email').getByLabel('Code, 6 digits').waitFor();
    const { refreshToken } = await page.evaluate(() => JSON.parse(sessionStorage.getItem('identity-session') ?? ''));
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    const next = await example.person();
    await signIn(page, next.email);
    await part(page, 'Email').getByRole('button', { name: 'Send a code' }).waitFor();
    expect(await page.locator('main').innerText()).not.toContain(person.email);
    const again =
      'mutation ($input: RefreshSessionInput!) { refreshSession(input: $input) { ... on Refused { code } } }';
    const answer = dataOf(await example.backend.query(again, { input: { refreshToken } }));
    expect(answer).toEqual({ refreshSession: { code: 'SESSION_ENDED' } });
  });
});
