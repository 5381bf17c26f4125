/** The Apollo Client example in a real browser: what a frontend team copies does what a customer needs of it. */
import { afterAll, describe, expect, test } from 'vitest';
import {
  ask,
  CODE,
  emailsTo,
  enter,
  focused,
  openExample,
  operationOf,
  part,
  said,
  signIn,
} from '../support/example-page.js';
import { dataOf } from '../support/graphql-client.js';
import { saved } from '../support/saved-methods.js';
import { waitFor } from '../support/wait-for.js';

const { example, browser, open, ...used } = await openExample();
afterAll(() => used[Symbol.asyncDispose]());

test('P2: by typed documents and the hashes of their manifest alone a customer signs in, and confirms an email and a phone', async () => {
  const person = await example.person();
  const page = await browser.page();
  const bodies: { query?: string; extensions?: { persistedQuery?: { sha256Hash: string } } }[] = [];
  page.on('request', (request) => request.url().endsWith('/graphql') && bodies.push(request.postDataJSON()));
  await page.goto(example.url);
  await signIn(page, person.email);
  await page.getByText('Email: to be confirmed. Phone: confirmed.').waitFor();
  await ask(page, 'Email');
  await said(page, 'Email').toBe('We sent a code.');
  await enter(page, 'Email', CODE);
  await page.getByText('Email: confirmed. Phone: confirmed.').waitFor();
  await ask(page, 'Phone', '+1 (415) 555-0999');
  await enter(page, 'Phone', CODE);
  await said(page, 'Phone').toBe('Confirmed.');
  const customer = await example.backend.call('customer', { id: person.id });
  expect(customer).toMatchObject({
    phone: '+14155550999',
    contactVerification: { email: 'VERIFIED', phone: 'VERIFIED' },
  });
  expect(bodies.filter(({ query }) => query !== undefined)).toEqual([]);
  expect(bodies.every(({ extensions }) => extensions?.persistedQuery?.sha256Hash.startsWith('sha256:'))).toBe(true);
  // A confirmation brings the whole customer: nothing but the first page of the profile was read.
  expect(bodies.length).toBe(2 + 1 + 2 + 2);
  expect({ outside: browser.outside, complaints: browser.complaints }).toEqual({ outside: [], complaints: [] });
});

test('P2: a customer who has confirmed sees the methods that any merchant has saved for them', async () => {
  const person = await example.person();
  const expiry = { expiryMonth: 4, expiryYear: 2031 };
  await saved(example.backend, { customerId: person.id, brand: 'Visa', ...expiry });
  const other = { merchantId: 'shop-b', instrumentId: 'PI5', fingerprint: 'FP5', type: 'BANK_ACCOUNT', last4: '0005' };
  await saved(example.backend, { customerId: person.id, ...other });
  const page = await browser.page();
  await page.goto(example.url);
  await signIn(page, person.email);
  await ask(page, 'Email');
  await enter(page, 'Email', CODE);
  await page.getByText('Email: confirmed. Phone: confirmed.').waitFor();
  const methods = page.getByRole('region', { name: 'Saved payment methods' }).getByRole('listitem');
  expect((await methods.allInnerTexts()).sort()).toEqual(['Bank account •••• 0005', 'Visa •••• 4242 until 04/2031']);
});

describe('every outcome is said in the customer’s words:', () => {
  test('a wrong code with the tries that are left, and after the last one the way back to the start', async () => {
    const { page } = await open();
    await ask(page, 'Email');
    await enter(page, 'Email', '000000');
    await said(page, 'Email').toBe('This code is not right. 2 tries left.');
    const field = part(page, 'Email').getByLabel('Code, 6 digits');
    await expect.poll(() => field.inputValue()).toBe('');
    await focused(page).toBe('Code, 6 digits');
    await enter(page, 'Email', '000000');
    await said(page, 'Email').toBe('This code is not right. 1 try left.');
    await enter(page, 'Email', '000000');
    await said(page, 'Email').toBe('This code is not right. That was the last try. Ask for a new code.');
    await ask(page, 'Email');
    await enter(page, 'Email', CODE);
    await said(page, 'Email').toBe('Confirmed.');
  });

  test.each([
    ['Email', 'expired@test.invalid', 'This code is no longer good. Ask for a new one.'],
    ['Phone', '+15005550004', 'This code is no longer good. Ask for a new one.'],
    [
      'Email',
      'undeliverable@test.invalid',
      'We could not deliver the code. Check what you entered, and ask for a new one.',
    ],
    ['Email', 'blocked@test.invalid', 'Too many codes were sent. Try again later.'],
  ] as const)('%s: %s ends with "%s"', async (name, contact, text) => {
    const { page } = await open();
    await ask(page, name, contact);
    const field = part(page, name).getByLabel('Code, 6 digits');
    await said(page, name).toBe(text);
    expect(await field.isVisible()).toBe(false);
    await part(page, name).getByRole('button', { name: 'Send a code' }).waitFor();
  });

  test('a code that has expired while it was looked for, once it is entered; the next one is good', async () => {
    const { page } = await open();
    // The page leaves it to the gateway how long a code is good; this is the shortest time that a caller can ask for.
    await page.route('**/graphql', async (route) => {
      const body = route.request().postDataJSON();
      if (body.operationName !== 'SendToEmail') return route.fallback();
      body.variables.input.timeoutSeconds = 30;
      return route.continue({ postData: body });
    });
    await ask(page, 'Email');
    await said(page, 'Email').toBe('We sent a code.');
    const id = await page.evaluate(() => sessionStorage.getItem('identity-pending-EMAIL'));
    const read = () => example.backend.call<{ status: string }>('verification', { id });
    await waitFor('the code has expired', async () => (await read()).status === 'EXPIRED', 60_000);
    await enter(page, 'Email', CODE);
    await said(page, 'Email').toBe('This code is no longer good. Ask for a new one.');
    await part(page, 'Email').getByRole('button', { name: 'Send a code' }).waitFor();
    expect(await part(page, 'Email').getByLabel('Code, 6 digits').isVisible()).toBe(false);
    await ask(page, 'Email');
    await enter(page, 'Email', CODE);
    await said(page, 'Email').toBe('Confirmed.');
  });

  test('a code and a number in the digits of a Persian or Arabic keyboard are what they are in others', async () => {
    const { page, person } = await open();
    await ask(page, 'Email');
    await enter(page, 'Email', '۱۲۳ ۴۵۶');
    await said(page, 'Email').toBe('Confirmed.');
    await ask(page, 'Phone', '+١ ٤١٥ ٥٥٥ ٠٩٩٨');
    await enter(page, 'Phone', '١٢٣٤٥٦');
    await said(page, 'Phone').toBe('Confirmed.');
    expect(await example.backend.call('customer', { id: person.id })).toMatchObject({ phone: '+14155550998' });
  });

  test.each([
    [1, '1 second'],
    [7200, 'a few hours'],
  ])('a limit that is over in %i s is said to be over in %s', async (retryAfterSeconds, words) => {
    const { page } = await open();
    await page.route('**/graphql', async (route) => {
      if (operationOf(route.request()) !== 'SendToEmail') return route.fallback();
      const errors = [{ message: 'Too many', extensions: { code: 'RATE_LIMITED', retryAfterSeconds } }];
      const headers = { 'access-control-allow-origin': new URL(page.url()).origin };
      return route.fulfill({ headers, json: { errors } });
    });
    await ask(page, 'Email');
    await said(page, 'Email').toBe(`Too many tries. Try again in ${words}.`);
  });

  test('an expired code for signing in, in the words of every refusal there, and the way to a new one', async () => {
    const email = 'expired-sign-in@shop.example';
    await example.backend.createCustomer({ email, phone: '+15005550004', region: 'DE' });
    const page = await browser.page();
    await page.goto(example.url);
    await page.getByLabel('Email').fill(email);
    await page.getByRole('button', { name: 'Send me a code' }).click();
    await page.getByLabel('Code, 6 digits').fill(CODE);
    await page.getByRole('button', { name: 'Confirm' }).click();
    const words = 'This code is not right, or no longer good. Check it, or ask for a new one.';
    await expect.poll(() => page.getByRole('status').innerText()).toBe(words);
    await page.getByRole('button', { name: 'Ask for a new code' }).click();
    expect(await page.getByLabel('Email').inputValue()).toBe(email);
  });

  test('a code that was canceled behind the back of the page, once it is entered', async () => {
    const { page } = await open();
    await ask(page, 'Email');
    await said(page, 'Email').toBe('We sent a code.');
    const id = await page.evaluate(() => sessionStorage.getItem('identity-pending-EMAIL'));
    const cancel = 'mutation ($input: CancelVerificationInput!) { cancelVerification(input: $input) { __typename } }';
    const canceled = dataOf(await example.backend.query(cancel, { input: { verificationId: id } }));
    expect(canceled).toEqual({ cancelVerification: { __typename: 'VerificationSent' } });
    await enter(page, 'Email', CODE);
    await said(page, 'Email').toBe('This was canceled. Ask for a new code.');
    await part(page, 'Email').getByRole('button', { name: 'Send a code' }).waitFor();
  });

  test('what is no phone number, a contact that is confirmed already, and one of another customer', async () => {
    const { page, person } = await open();
    await ask(page, 'Phone', '+1 2');
    await said(page, 'Phone').toBe('This does not look right. Check what you entered.');
    await ask(page, 'Phone', person.phone);
    await said(page, 'Phone').toBe('You have confirmed this one already.');
    const other = await open();
    await ask(page, 'Phone', other.person.phone);
    await enter(page, 'Phone', CODE);
    await said(page, 'Phone').toBe('This one cannot be used here. Try another.');
  });
});

test('a code is sent again when the count is down; a clock that is fast is put right by TOO_SOON, which sends nothing', async () => {
  const person = await example.person();
  const page = await browser.page();
  await page.clock.install();
  await page.goto(example.url);
  await signIn(page, person.email);
  await ask(page, 'Email');
  const again = part(page, 'Email').getByRole('button', { name: /^Send again/ });
  await expect.poll(() => again.innerText()).toMatch(/^Send again in (2\d|30) s$/);
  await again.click({ force: true });
  await expect.poll(() => emailsTo(example, person.id), { timeout: 15_000 }).toEqual([1]);
  await page.clock.fastForward(60_000);
  await expect.poll(() => again.innerText()).toBe('Send again');
  await again.click();
  await said(page, 'Email').toMatch(/^A code was sent a moment ago. Try again in \d+ seconds?\.$/);
  await expect.poll(() => again.innerText()).toMatch(/^Send again in \d+ s$/);
  expect(await emailsTo(example, person.id)).toEqual([1]);
  await again.click({ timeout: 45_000 });
  await said(page, 'Email').toBe('We sent the code again.');
  await expect.poll(() => emailsTo(example, person.id)).toEqual([2]);
  await enter(page, 'Email', CODE);
  await said(page, 'Email').toBe('Confirmed.');
});

test('a code that the phone has read from its SMS is filled in; codes by email ask the phone for nothing', async () => {
  const person = await example.person();
  const page = await browser.page();
  // Chromium on a desk has no SMS; this is the interface of WebOTP as a phone has it.
  await page.addInitScript(`
    window.OTPCredential = class {};
    window.waiting = new Set();
    navigator.credentials.get = ({ signal }) => new Promise((resolve, reject) => {
      waiting.add(resolve);
      signal.addEventListener('abort', () => { waiting.delete(resolve); reject(signal.reason); });
    });`);
  await page.goto(example.url);
  await page.getByLabel('Email').fill(person.email);
  await page.getByRole('button', { name: 'Send me a code' }).click();
  await page.getByLabel('Code, 6 digits').waitFor();
  await page.evaluate(`waiting.forEach((resolve) => resolve({ code: '${CODE}' }))`);
  await expect.poll(() => page.getByLabel('Code, 6 digits').inputValue()).toBe(CODE);
  await page.getByRole('button', { name: 'Confirm' }).click();
  await ask(page, 'Email');
  await said(page, 'Email').toBe('We sent a code.');
  expect(await page.evaluate('waiting.size')).toBe(0);
  await ask(page, 'Phone', '+14155550888');
  await said(page, 'Phone').toBe('We sent a code.');
  expect(await page.evaluate('waiting.size')).toBe(1);
  await part(page, 'Phone').getByRole('button', { name: 'Use another phone' }).click();
  await part(page, 'Phone').getByLabel('Phone number').waitFor();
  await expect.poll(() => page.evaluate('waiting.size')).toBe(0);
});
