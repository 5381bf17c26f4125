/** Asks, and takes the time: keep-alive connections, arms in a new random order in each round. */
import type { Arm, Request } from './arms.ts';
import { freshIp } from './arms.ts';

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

/** @param keys one for each line of requests: lines run side by side, and each waits for its answers */
export async function askAll(
  ask: Ask,
  keys: readonly string[],
  arms: readonly Arm[],
  count: number,
): Promise<Map<string, Timed>> {
  const timed = new Map(arms.map(({ name }) => [name, { times: [] as number[], answers: new Map<string, number>() }]));
  let next = 0;
  const line = async (key: string) => {
    while (next < count) {
      const index = next;
      next += 1;
      for (const arm of shuffled(arms)) {
        const { milliseconds, answer } = await ask(key, arm.request(index));
        const own = timed.get(arm.name);
        own?.times.push(milliseconds);
        own?.answers.set(answer, (own.answers.get(answer) ?? 0) + 1);
      }
    }
  };
  await Promise.all(keys.map(line));
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
export function load(ask: Ask, key: string, perSecond: number): Disposable {
  let sent = 0;
  const timer = setInterval(() => {
    sent += 1;
    void ask(key, { email: `load-${sent}@example.com`, ip: freshIp() }).catch(() => {});
  }, 1000 / perSecond);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** Requests a second that the server answers when asked by many at once. */
export async function capacity(ask: Ask, keys: readonly string[]): Promise<number> {
  const width = 128;
  let answered = 0;
  const until = performance.now() + 5_000;
  await Promise.all(
    Array.from({ length: width }, async (_, line) => {
      while (performance.now() < until) {
        answered += 1;
        await ask(keys[line % keys.length] as string, { email: `many-${answered}@example.com`, ip: freshIp() });
      }
    }),
  );
  return answered / 5;
}
