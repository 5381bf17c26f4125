/** The Apollo Client example for everybody: by keyboard, by screen reader, by pasting, on any screen and in any colors. */
import type { Page } from 'playwright-core';
import { afterAll, describe, expect, test } from 'vitest';
import { openBrowser, seriousFaults } from '../support/browser.js';
import { ask, CODE, enter, focused, openExample, part, said } from '../support/example-page.js';

const { example, browser, open, ...used } = await openExample();
afterAll(() => used[Symbol.asyncDispose]());

test('a screen reader finds each part by its name, the field with what was said of it, and is told what happens', async () => {
  const { page } = await open();
  await ask(page, 'Email');
  await enter(page, 'Email', '000000');
  await said(page, 'Email').toContain('2 tries left');
  const heard = await part(page, 'Email').ariaSnapshot();
  expect(heard.replace(/\d+ s"/, 'N s"')).toBe(`- region "Email":
  - heading "Email" [level=2]
  - paragraph: The code goes to p***@shop.example.
  - text: Code, 6 digits
  - textbox "Code, 6 digits"
  - button "Confirm" [disabled]
  - button "Send again in N s" [disabled]
  - button "Use another email"
  - status: This code is not right. 2 tries left.`);
  await focused(page).toBe('Code, 6 digits');
  const described = 'document.getElementById(document.activeElement.getAttribute("aria-describedby")).innerText';
  expect(await page.evaluate(described)).toBe('This code is not right. 2 tries left.');
});

test('a code is pasted with spaces and all, and the field asks phones and keyboards for a one-time code', async () => {
  const { page } = await open();
  await ask(page, 'Email');
  const field = part(page, 'Email').getByLabel('Code, 6 digits');
  expect(await field.getAttribute('autocomplete')).toBe('one-time-code');
  expect(await field.getAttribute('inputmode')).toBe('numeric');
  await page.evaluate(`navigator.clipboard.writeText(' ${CODE.slice(0, 3)} - ${CODE.slice(3)} ')`);
  await field.focus();
  await page.keyboard.press('Control+V');
  await expect.poll(() => field.inputValue()).toBe(CODE);
  await page.keyboard.press('Enter');
  await said(page, 'Email').toBe('Confirmed.');
});

test('everything can be done with a keyboard alone, and the focus goes where the next step is', async () => {
  const { email } = await example.person();
  const page = await browser.page();
  const { keyboard } = page;
  const typed = async (text: string) => {
    await keyboard.type(text);
    await keyboard.press('Enter');
  };
  await page.goto(example.url);
  await focused(page).toBe('Email');
  await typed(email);
  await focused(page).toBe('Code, 6 digits');
  await typed(CODE);
  await page.getByRole('heading', { name: 'Your contact details' }).waitFor();
  for (const name of ['Sign out', 'Email address', 'Send a code']) {
    await keyboard.press('Tab');
    await focused(page).toBe(name);
  }
  await keyboard.press('Enter');
  await focused(page).toBe('Code, 6 digits');
  await typed('000000');
  await said(page, 'Email').toContain('2 tries left');
  await focused(page).toBe('Code, 6 digits');
  await typed(CODE);
  await focused(page).toBe('Change email');
  await keyboard.press('Enter');
  await focused(page).toBe('Email address');
});

describe.each([
  ['narrow', 320],
  ['wide', 1280],
])('on a %s screen', (_, width) => {
  test.each(['light', 'dark'] as const)(
    'in %s colors nothing is serious for axe-core, and nothing is cut off',
    async (colorScheme) => {
      await using own = await openBrowser({ viewport: { width, height: 800 }, colorScheme });
      const fits = (page: Page) => page.evaluate('document.documentElement.scrollWidth <= innerWidth');
      const signedOut = await own.page();
      await signedOut.goto(example.url);
      await signedOut.getByLabel('Email').waitFor();
      expect({ faults: await seriousFaults(signedOut), fits: await fits(signedOut) }).toEqual({
        faults: [],
        fits: true,
      });
      const { page } = await open(own);
      await ask(page, 'Email', `${'long'.repeat(14)}@${'name'.repeat(12)}.example`);
      await enter(page, 'Email', '000000');
      await said(page, 'Email').toContain('2 tries left');
      expect({ faults: await seriousFaults(page), fits: await fits(page) }).toEqual({ faults: [], fits: true });
    },
  );
});
