/** Asks, and takes the time: keep-alive connections, arms in a new random order in each round. */
import { type Arm, freshIp, type Request } from './arms.ts';
import type { Site } from './site.ts';

const SEND = 'mutation ($input: SendConnectCodeInput!) { result: sendConnectCode(input: $input) { sent } }';
const CONFIRM = `mutation ($input: ConfirmConnectCodeInput!) { result: confirmConnectCode(input: $input) {
  __typename ... on Refused { code } } }`;

export type Ask = (key: string, request: Request) => Promise<{ milliseconds: number; answer: string }>;

export function createAsk(baseUrl: string): Ask {
  return async (key, { email, ip, code }) => {
    const input = code === undefined ? { email } : { email, code };
    const body = JSON.stringify({ query: code === undefined ? SEND : CONFIRM, variables: { input } });
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}`, 'x-forwarded-for': ip };
    const begun = performance.now();
    const response = await fetch(`${baseUrl}/graphql`, { method: 'POST', headers, body });
    const answer = await response.text();
    return { milliseconds: performance.now() - begun, answer };
  };
}

export interface Timed {
  readonly times: number[];
  /** Distinct answers and how often each came. */
  readonly answers: Map<string, number>;
}

/** @param lines of requests that run side by side, each with a key of its own, and each waiting for its answers */
export async function askAll(
  { ask, keys }: Site,
  lines: number,
  arms: readonly Arm[],
  count: number,
): Promise<Map<string, Timed>> {
  const timed = new Map(arms.map(({ name }) => [name, { times: [] as number[], answers: new Map<string, number>() }]));
  let next = 0;
  const runLine = async (line: number) => {
    while (next < count) {
      const index = next;
      next += 1;
      for (const arm of shuffled(arms)) {
        const { milliseconds, answer } = await ask(keys[arm.caller][line]?.secret ?? '', arm.request(index));
        const own = timed.get(arm.name);
        own?.times.push(milliseconds);
        own?.answers.set(answer, (own.answers.get(answer) ?? 0) + 1);
      }
    }
  };
  await Promise.all(Array.from({ length: lines }, (_, line) => runLine(line)));
  return timed;
}

function shuffled<T>(items: readonly T[]): T[] {
  const order = [...items];
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = Math.floor(Math.random() * (last + 1));
    [order[last], order[other]] = [order[other] as T, order[last] as T];
  }
  return order;
}

/** Requests from strangers at a steady rate, until it is disposed of. */
export function load({ ask, keys }: Site, perSecond: number): Disposable {
  let sent = 0;
  const timers = keys.page.map(({ secret }) =>
    setInterval(
      () => {
        sent += 1;
        void ask(secret, { email: `load-${sent}@example.com`, ip: freshIp() }).catch(() => {});
      },
      (1000 * keys.page.length) / perSecond,
    ),
  );
  return { [Symbol.dispose]: () => timers.forEach(clearInterval) };
}

const WIDTH = 128;

/** Asks all at once, so many at a time. */
export async function askWide({ ask, keys }: Site, requests: Iterable<Request>): Promise<void> {
  const left = requests[Symbol.iterator]();
  const runLine = async (line: number) => {
    const key = keys.page[line % keys.page.length]?.secret ?? '';
    for (let next = left.next(); !next.done; next = left.next()) await ask(key, next.value);
  };
  await Promise.all(Array.from({ length: WIDTH }, (_, line) => runLine(line)));
}

/** Requests a second that the server answers when asked by many at once. */
export async function capacity(site: Site): Promise<number> {
  const seconds = 5;
  const until = performance.now() + 1000 * seconds;
  let asked = 0;
  function* strangers() {
    for (; performance.now() < until; asked += 1) yield { email: `many-${asked}@example.com`, ip: freshIp() };
  }
  await askWide(site, strangers());
  return asked / seconds;
}
