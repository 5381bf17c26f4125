/** A caller of the gateway over HTTP that adds nothing of its own: what a test sees is what a client sees. */

export interface GraphqlError {
  message: string;
  path?: (string | number)[];
  extensions: { code: string; requestId?: string; argument?: string; reason?: string; retryAfterSeconds?: number };
}

export interface Body<Data> {
  data?: Data | null;
  errors?: GraphqlError[];
}

export interface Answer<Data = Record<string, unknown>> {
  status: number;
  headers: Headers;
  body: Body<Data>;
}

export interface CallOptions {
  /** Sent as a bearer token. */
  key?: string;
  headers?: Record<string, string>;
}

/** Posts one operation as `application/json`. */
export function postGraphql<Data = Record<string, unknown>>(
  url: string,
  query: string,
  variables?: Record<string, unknown>,
  options: CallOptions = {},
): Promise<Answer<Data>> {
  return postBody(url, JSON.stringify({ query, variables }), options);
}

/** Posts a body as it is. */
export async function postBody<Data = Record<string, unknown>>(
  url: string,
  body: string,
  { key, headers = {} }: CallOptions = {},
): Promise<Answer<Data>> {
  const authorization: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...authorization, ...headers },
    body,
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? {} : (JSON.parse(text) as Body<Data>),
  };
}

/** The data of an answer that has no errors. */
export function dataOf<Data>({ status, body }: Answer<Data>): Data {
  if (body.errors || !body.data) throw new Error(`Answered ${status}: ${JSON.stringify(body)}`);
  return body.data;
}

/** What a program may read of the only error. */
export function errorOf({ status, body }: Answer<unknown>): GraphqlError['extensions'] & { status: number } {
  const [error, ...rest] = body.errors ?? [];
  if (!error || rest.length > 0)
    throw new Error(`Answered ${status} with not exactly one error: ${JSON.stringify(body)}`);
  return { status, ...error.extensions };
}
