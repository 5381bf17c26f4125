/** The pages' files, as the build left them, under a policy that lets in nothing from anywhere else. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import files from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { GatewayError } from '../kernel/errors.js';

const BUILT = fileURLToPath(new URL('../../dist/pages/', import.meta.url));
const YEAR_MS = 365 * 24 * 3_600_000;

export type Page = 'playground' | 'inbox';

// Content Security Policy Level 3. The editor of the playground sets styles by script and starts its workers from
// blobs; the inbox does neither. The inbox frames its own emails; nobody frames either page.
const POLICY: Record<Page, string> = {
  playground:
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
    "font-src 'self' data:; worker-src 'self' blob:; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  inbox:
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
};

/** Serves what the pages load. Their names carry a hash of their content. */
export async function registerPageFiles(app: FastifyInstance): Promise<void> {
  await app.register(files, {
    root: `${BUILT}assets`,
    prefix: '/pages/assets/',
    maxAge: YEAR_MS,
    immutable: true,
    index: false,
    setHeaders: (reply) => void reply.header('x-content-type-options', 'nosniff'),
  });
}

/** Answers with a page. @throws {GatewayError} SERVICE_UNAVAILABLE where the pages were not built */
export async function sendPage(reply: FastifyReply, page: Page): Promise<FastifyReply> {
  const html = await readFile(`${BUILT}${page}/index.html`, 'utf8').catch((error: unknown) => {
    throw new GatewayError('SERVICE_UNAVAILABLE', 'The pages are not built: run `npm run build`.', {}, error);
  });
  return reply
    .headers({
      'content-security-policy': POLICY[page],
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'cross-origin-opener-policy': 'same-origin',
    })
    .type('text/html; charset=utf-8')
    .send(html);
}
