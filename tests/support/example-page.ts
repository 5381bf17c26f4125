/** A person in front of the Apollo Client example. */
import type { BrowserContext, Page, Request } from 'playwright-core';
import { expect } from 'vitest';
import { type Example, startExample } from './apollo-example.js';
import { openBrowser } from './browser.js';
import { dataOf } from './graphql-client.js';

/** The example, and a browser in which several people use it. */
export async function openExample() {
  await using starting = new AsyncDisposableStack();
  const example = starting.use(await startExample());
  const browser = starting.use(await openBrowser());
  const resources = starting.move();
  return {
    example,
    browser,
    /** The page of a new customer who has signed in. */
    open: ({ context } = browser) => openAs(example, context),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

export type Part = 'Email' | 'Phone';

export const CODE = '123456';

export const part = (page: Page, name: Part) => page.getByRole('region', { name, exact: true });

/** What the page says about the last thing that was done in a part of it; tries of a lost connection take seconds. */
export const said = (page: Page, name: Part) =>
  expect.poll(() => part(page, name).getByRole('status').innerText(), { timeout: 15_000 });

/** The label of the field, or the words on the button, that has the focus. */
export const focused = (page: Page) =>
  expect.poll(() =>
    page.evaluate('(({ labels, textContent }) => labels?.[0]?.innerText || textContent)(document.activeElement)'),
  );

export async function signIn(page: Page, email: string): Promise<void> {
  await page.getByLabel('Email').fill(email);
  await page.getByRole('button', { name: 'Send me a code' }).click();
  await page.getByLabel('Code, 6 digits').fill(CODE);
  await page.getByRole('button', { name: 'Confirm' }).click();
  await page.getByRole('heading', { name: 'Your contact details' }).waitFor();
}

/** The page of a new customer who has signed in. */
export async function openAs({ url, person: create }: Example, context: BrowserContext) {
  const person = await create();
  const page = await context.newPage();
  await page.goto(url);
  await signIn(page, person.email);
  return { page, person };
}

export async function ask(page: Page, name: 'Email' | 'Phone', contact?: string): Promise<void> {
  const change = part(page, name).getByRole('button', { name: /^Change/ });
  if (await change.isVisible()) await change.click();
  if (contact !== undefined) await part(page, name).getByRole('textbox').fill(contact);
  await part(page, name).getByRole('button', { name: 'Send a code' }).click();
}

export async function enter(page: Page, name: 'Email' | 'Phone', code: string): Promise<void> {
  await part(page, name).getByLabel('Code, 6 digits').fill(code);
  await part(page, name).getByRole('button', { name: 'Confirm' }).click();
}

/** The name of the operation of a request; it goes without its text. */
export const operationOf = (request: Request): string | undefined =>
  request.url().endsWith('/graphql') ? request.postDataJSON().operationName : undefined;

interface Listed {
  verifications: { nodes: { steps: { channel: string; sends: number }[] }[] };
}

/** For each verification of a customer's email, how often its message was sent. */
export async function emailsTo({ backend }: Example, customerId: string): Promise<number[]> {
  const list = 'query ($id: ID) { verifications(customerId: $id) { nodes { steps { channel sends } } } }';
  const { verifications } = dataOf(await backend.query<Listed>(list, { id: customerId }));
  const steps = verifications.nodes.flatMap((each) => each.steps);
  return steps.filter(({ channel }) => channel === 'EMAIL').map(({ sends }) => sends);
}
