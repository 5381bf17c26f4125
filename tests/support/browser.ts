/** A real Chromium, as a person would have it, that reaches nothing but this machine. */
import { existsSync } from 'node:fs';
import axe from 'axe-core';
import { type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const EXECUTABLE = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

export interface TestBrowser extends AsyncDisposable {
  readonly context: BrowserContext;
  /** Addresses outside this machine that a page asked for; each was refused. */
  readonly outside: readonly string[];
  /** What pages complained about: errors of scripts, and what a content policy stopped. */
  readonly complaints: readonly string[];
  page(): Promise<Page>;
}

export async function openBrowser(options: BrowserContextOptions = {}): Promise<TestBrowser> {
  if (!existsSync(EXECUTABLE))
    throw new Error(`No Chromium at ${EXECUTABLE}: apt-get install chromium, or set CHROMIUM.`);
  const browser = await chromium.launch({
    executablePath: EXECUTABLE,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--disable-background-networking',
      '--disable-sync',
      // What no route sees (workers, prefetches, sockets) finds no name but this machine's.
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
    ],
  });
  const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'], ...options });
  const outside: string[] = [];
  const complaints: string[] = [];
  await context.route(
    ({ hostname, protocol }) => protocol.startsWith('http') && !['127.0.0.1', 'localhost'].includes(hostname),
    (route) => {
      outside.push(route.request().url());
      return route.abort();
    },
  );
  return {
    context,
    outside,
    complaints,
    async page() {
      const page = await context.newPage();
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('console', (message) => {
        if (/Content Security Policy|Refused to/.test(message.text())) complaints.push(message.text());
      });
      return page;
    },
    [Symbol.asyncDispose]: () => browser.close(),
  };
}

/** What axe-core finds wrong and calls serious or critical: rule and place. */
export async function seriousFaults(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = (await page.evaluate('axe.run()')) as axe.AxeResults;
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`));
}
