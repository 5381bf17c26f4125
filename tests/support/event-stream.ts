/** A client of server-sent events that adds nothing of its own: what a test sees is what was sent. */
import type { Body, CallOptions } from './graphql-client.js';

export interface Told<Data = Record<string, unknown>> {
  event: string;
  body: Body<Data> | undefined;
}

export interface Listener<Data> extends AsyncDisposable {
  readonly status: number;
  readonly headers: Headers;
  /** Everything told so far. */
  readonly told: readonly Told<Data>[];
  /** Comments so far: signs of life. */
  readonly comments: () => number;
  /** The result of the first event; of an answer that is no stream, its body. */
  first(): Promise<Body<Data>>;
  /** Resolves to everything that was told once the server has ended the stream. */
  ended(): Promise<readonly Told<Data>[]>;
  /** Hangs up. */
  close(): void;
}

/** States in which something stood one after the other. One may be told several times: a step or a count can change alone. */
export const withoutRepeats = <State>(states: readonly State[]): State[] =>
  states.filter((state, index) => index === 0 || state !== states[index - 1]);

export const WATCH = `subscription ($id: ID!) {
  verificationChanged(id: $id) { id status attemptsLeft steps { status to } customer { id } }
}`;

/** Asks for a stream by POST; the members of a request as they are. */
export async function listen<Data = Record<string, unknown>>(
  url: string,
  members: object,
  { key, headers = {} }: CallOptions = {},
): Promise<Listener<Data>> {
  const gone = new AbortController();
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    signal: gone.signal,
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
      ...headers,
    },
    body: JSON.stringify(members),
  });
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
  const told: Told<Data>[] = [];
  let comments = 0;
  let notice: () => void = () => {};
  let isOver = false;
  const over = (async () => {
    if (!isStream) return void told.push({ event: 'answer', body: (await response.json()) as Body<Data> });
    let rest = '';
    for await (const chunk of (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream())) {
      const blocks = `${rest}${chunk}`.split('\n\n');
      rest = blocks.pop() as string;
      for (const block of blocks) {
        if (block.startsWith(':')) comments += 1;
        else told.push(parse<Data>(block));
      }
      notice();
    }
  })()
    .catch((error: unknown) => {
      if (!gone.signal.aborted) throw error;
    })
    .finally(() => {
      isOver = true;
      notice();
    });
  over.catch(() => {});
  return {
    status: response.status,
    headers: response.headers,
    told,
    comments: () => comments,
    async first() {
      while (told.length === 0 && !isOver) await new Promise<void>((resolve) => (notice = resolve));
      await (told.length === 0 ? over : undefined);
      return told[0]?.body as Body<Data>;
    },
    ended: () => over.then(() => told),
    close: () => gone.abort(),
    async [Symbol.asyncDispose]() {
      gone.abort();
      await over.catch(() => {});
    },
  };
}

function parse<Data>(block: string): Told<Data> {
  const line = (name: string) =>
    block
      .split('\n')
      .find((each) => each.startsWith(`${name}:`))
      ?.slice(name.length + 1)
      .trimStart();
  const data = line('data');
  return { event: line('event') ?? '', body: data ? (JSON.parse(data) as Body<Data>) : undefined };
}
