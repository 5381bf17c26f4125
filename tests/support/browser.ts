/** A real Chromium that reaches nothing but this machine. */
import { existsSync } from 'node:fs';
import { type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const EXECUTABLE = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

export interface TestBrowser extends AsyncDisposable {
  readonly context: BrowserContext;
  /** What pages complained about: errors of scripts, and what a content policy stopped. */
  readonly complaints: readonly string[];
  page(): Promise<Page>;
}

/** @throws {Error} where there is no Chromium: a test that needs one fails, and is not passed over */
export async function openBrowser(options: BrowserContextOptions = {}): Promise<TestBrowser> {
  if (!existsSync(EXECUTABLE))
    throw new Error(`No Chromium at ${EXECUTABLE}: apt-get install chromium, or set CHROMIUM to where one is.`);
  const browser = await chromium.launch({
    executablePath: EXECUTABLE,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-sync'],
  });
  const context = await browser.newContext(options);
  const complaints: string[] = [];
  const local = ['127.0.0.1', 'localhost', '[::1]'];
  await context.route(
    ({ hostname, protocol }) => protocol.startsWith('http') && !local.includes(hostname),
    (route) => route.abort(),
  );
  return {
    context,
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
