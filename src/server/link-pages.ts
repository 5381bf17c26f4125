/** The routes of the email link. Opening it changes nothing, however often a scanner does; the click is a POST. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { RateLimiter } from '../access/rate-limiter.js';
import { clientOf } from '../kernel/client-ip.js';
import { GatewayError } from '../kernel/errors.js';
import { withResult } from '../kernel/redirect.js';
import { type LandingPageInput, renderLandingPage } from '../messages/landing-page.js';
import { languageAccepted } from '../messages/locale.js';
import type { Gateway } from '../resolvers/context.js';
import type { LinkPage } from '../verification/follow-link.js';

export interface LinkPagesDeps {
  /** What links start with. */
  readonly publicUrl: string;
  readonly limiter: RateLimiter;
  readonly gateway: Pick<Gateway, 'openLink' | 'followLink'>;
}

const FORM = 'application/x-www-form-urlencoded';
/** Bytes of a click's body at most: the form has no fields. */
const FORM_LIMIT = 1_000;
/** Tokens that the gateway did not make, from one address: enough for a mailbox full of clipped links. */
const UNKNOWN_TOKENS = { max: 60, windowMs: 600_000 };

const HEADERS = {
  'cache-control': 'no-store',
  // The address of the page is the secret: it goes neither to the site that the click ends at nor into a search.
  'referrer-policy': 'no-referrer',
  'x-robots-tag': 'noindex, nofollow',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
} as const;

interface LinkRoute {
  Params: { '*': string };
}

type Asked = FastifyRequest<LinkRoute>;

/** `/l/<token>`: everything under it gets one of these pages, so that no error repeats a token. */
export async function registerLinkPages(app: FastifyInstance, deps: LinkPagesDeps): Promise<void> {
  const { publicUrl, gateway } = deps;
  const base = new URL(publicUrl).pathname.replace(/\/$/, '');
  await app.register(async (pages) => {
    pages.removeAllContentTypeParsers();
    pages.addContentTypeParser(FORM, { parseAs: 'string', bodyLimit: FORM_LIMIT }, (_, __, done) => done(null));
    pages.addHook('onRequest', async (_, reply) => void reply.headers(HEADERS));

    pages.get<LinkRoute>('/l/*', async (request, reply) => {
      // The path alone is read. What a vendor that led here says of its own link, `?result=`, anybody can write: it
      // neither proves the address nor spends the link.
      const token = request.params['*'];
      const page = await gateway.openLink(token);
      if (!page) return unknown(deps, request, reply);
      // A finished link asks nothing: it leads where its click led, and says that it confirmed nothing.
      if (!page.isOpen) return leave(reply, page, false);
      return show(reply, { ...page, action: `${base}/l/${token}`, state: 'ASK' });
    });

    // No Origin and no Sec-Fetch-Site is asked for: there is no cookie that another site could ride on, and who can
    // send this request holds the token.
    pages.post<LinkRoute>('/l/*', async (request, reply) => {
      const click = await gateway.followLink(request.params['*']);
      return click ? leave(reply, click.page, click.result) : unknown(deps, request, reply);
    });
  });
}

/** On to the workspace's site; a page of the gateway's own where it has taken its address off the list. */
function leave(reply: FastifyReply, page: LinkPage, result: boolean): FastifyReply {
  if (page.redirectUri !== undefined) return reply.redirect(withResult(page.redirectUri, result), 303);
  if (!result) void reply.code(410);
  return show(reply, { ...page, action: '', state: result ? 'CONFIRMED' : 'FAILED' });
}

async function unknown({ publicUrl, limiter }: LinkPagesDeps, request: Asked, reply: FastifyReply) {
  void reply.code(404);
  try {
    const parts = ['/l', clientOf(request.ip)];
    await limiter.count(UNKNOWN_TOKENS, { workspaceId: undefined, parts, field: '/l' });
  } catch (error) {
    if (!(error instanceof GatewayError && error.code === 'RATE_LIMITED')) throw error;
    void reply.code(429).header('retry-after', String(error.details.retryAfterSeconds));
  }
  const locale = languageAccepted(request.headers['accept-language']);
  return show(reply, { locale, appName: new URL(publicUrl).host, action: '', state: 'FAILED' });
}

function show(reply: FastifyReply, input: LandingPageInput): FastifyReply {
  const { html, contentPolicy } = renderLandingPage(input);
  return reply.header('content-security-policy', contentPolicy).type('text/html; charset=utf-8').send(html);
}
