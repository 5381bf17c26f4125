/** How a command talks to a gateway that runs somewhere. */

/**
 * Runs one operation and returns its data.
 * @param signal ends the wait for an answer, as an UnreachableError; what was asked may be done all the same
 * @throws {Error} in words for whoever ran the command
 */
export type GraphqlCall = <Data>(
  query: string,
  variables?: Record<string, unknown>,
  signal?: AbortSignal,
) => Promise<Data>;

/** Milliseconds that an answer may take. */
const ANSWER_MS = 30_000;

/** Nobody answered, or only to say that nobody could just now: worth trying again, where a command goes on for long. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
}

interface Answer<Data> {
  data?: Data | null;
  errors?: { message: string; extensions?: { code?: unknown } }[];
}

const PASSING = new Set<unknown>(['SERVICE_UNAVAILABLE', 'RATE_LIMITED']);

/** Whether it is one of `http:` or `https:`: `localhost:3000` is a URL too, of the scheme `localhost`. */
export const isHttpUrl = (text: string): boolean =>
  URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol);

/** @throws {Error} for text that is no URL */
export function graphqlOver(url: string, key: string): GraphqlCall {
  const endpoint = endpointOf(url);
  return async <Data>(query: string, variables = {}, signal?: AbortSignal) => {
    const late = AbortSignal.timeout(ANSWER_MS);
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify({ query, variables }),
      // A redirect would carry the key to wherever it points.
      redirect: 'error',
      signal: signal === undefined ? late : AbortSignal.any([signal, late]),
    }).catch(() => {
      throw new UnreachableError(`${endpoint} cannot be reached`);
    });
    const { data, errors } = (await response.json().catch((error: unknown) => {
      if (error instanceof SyntaxError) return {};
      // A gateway that is killed, or restarted behind its proxy, may leave half an answer behind.
      throw new UnreachableError(`${endpoint} broke off its answer`);
    })) as Answer<Data>;
    if (data && !errors) return data;
    const [error] = errors ?? [];
    const text = error?.message ?? `${endpoint} answered ${response.status} and no GraphQL`;
    throw response.status >= 500 || PASSING.has(error?.extensions?.code) ? new UnreachableError(text) : new Error(text);
  };
}

function endpointOf(text: string): string {
  if (!isHttpUrl(text)) throw new Error('--url must be a URL, for example https://gateway.example.com');
  const url = new URL(text);
  if (url.pathname === '/') url.pathname = '/graphql';
  return url.href;
}
