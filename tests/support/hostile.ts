/** Requests that nobody means well with: valid ones, damaged in every layer. A seed makes them repeatable. */
import { readFileSync } from 'node:fs';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import type { Pool } from 'undici';
import { newId } from '../../src/kernel/ids.js';
import { type Owned, SAMPLES } from './access-samples.js';
import { COSTLY } from './costly.js';

export interface Random {
  /** A whole number below this one. */
  below(limit: number): number;
  oneOf<Item>(items: readonly Item[]): Item;
}

/** Milliseconds after which an answer that has not ended is none. */
export const PATIENCE_MS = 10_000;

/** The status of a whole answer, or how the request was left without one. */
export type Outcome = number | 'closed' | 'hung';

/** Mulberry32: small, fast and the same everywhere. */
export function seeded(seed: number): Random {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return { below, oneOf: (items) => items[below(items.length)] as never };
}

const NASTY = [
  ...['\u0000', '\ud800', '\u202e', '﻿', '"', '\\', '{', '}', '[', ']', '#', '$', '@', '...', '""""'],
  ...['1e309', '-0', '9'.repeat(400), '0x10', 'NaN', 'null', 'true', '__proto__', 'constructor', 'toString'],
  ...['{a'.repeat(200), '['.repeat(5_000), '(a:'.repeat(300), '"'.repeat(1_000), '\\u0000', '\\ud83d', '%00', '../'],
  ...["' or 1=1 --", '{{7*7}}', '<script>', '\r\nx: y', 'fragment F on Query{...F}', 'a:viewer{kind}'],
];
const KINDS = [
  'application/json',
  'application/graphql',
  'text/plain',
  'application/json; charset=utf-16',
  'multipart/form-data; boundary=x',
];
const CODINGS = ['gzip', 'br', 'deflate', 'identity', 'x'.repeat(100)];
const METHODS = ['POST', 'POST', 'POST', 'POST', 'GET', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS'] as const;
const PATHS = [
  '/graphql',
  '/graphql',
  '/graphql',
  '/graphql',
  '/graphql/',
  '/l/x',
  '/callbacks/twilio-messaging',
  '/inbox',
  '/readyz',
  '/.well-known/jwks.json',
  '/%00',
  '/..%2f..%2fetc',
];
const FAKE: Owned = {
  mode: 'TEST',
  customerId: `Customer:${newId()}`,
  platformCustomerId: 'nobody',
  contactId: `ContactPoint:${newId()}`,
  verificationId: `Verification:${newId()}`,
  keyId: `ApiKey:${newId()}`,
  methodId: `SavedMethod:${newId()}`,
  endpointId: `WebhookEndpoint:${newId()}`,
  eventId: `Event:${newId()}`,
  email: 'nobody@example.com',
  blocked: 'nobody@example.com',
  accessToken: 'x',
  refreshToken: 'x',
};

/** `Query.savedMethods`: operations/saved-methods.graphql. */
const textOf = (field: string): string =>
  readFileSync(
    new URL(
      `../../operations/${field.replace(/^\w+\./, '').replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}.graphql`,
      import.meta.url,
    ),
    'utf8',
  );
const CALLS = Object.entries(SAMPLES).map(([field, sample]) => ({ query: textOf(field), sample }));

/** The body of a call of any root field, as a client would send it. */
function bodyOf(random: Random): string {
  const { query, sample } = random.oneOf(CALLS);
  return JSON.stringify({ query, variables: sample(FAKE, 'TEST') });
}

/** The same with up to three places cut, repeated, or replaced by what parsers stumble over. */
export function damaged(text: string, random: Random): string {
  let result = text;
  for (let times = random.below(4); times > 0; times -= 1) {
    const at = random.below(result.length + 1);
    const length = random.below(20);
    result = random.oneOf([
      () => result.slice(0, at) + random.oneOf(NASTY) + result.slice(at),
      () => result.slice(0, at) + result.slice(at + length),
      () => result.slice(0, at),
      () => result.slice(0, at) + result.slice(at, at + length).repeat(random.below(50)) + result.slice(at),
      () => result.slice(0, at) + String.fromCharCode(random.below(0x10000)) + result.slice(at + 1),
    ])();
  }
  return result;
}

/** The same as bytes: mostly UTF-8, else another encoding, or compressed, sometimes cut off or by another name. */
function bytesOf(text: string, coding: string | undefined, random: Random): string | Buffer {
  if (coding === undefined) return random.below(20) > 0 ? text : Buffer.from(text, random.oneOf(['latin1', 'utf16le']));
  const compress = random.oneOf([gzipSync, deflateSync, brotliCompressSync, undefined]);
  const bytes = compress ? compress(text) : Buffer.from(text);
  return random.below(4) > 0 ? bytes : bytes.subarray(0, random.below(bytes.length + 1));
}

const COSTLIES = Object.values(COSTLY);

/** One request over the pool that is as costly as the limits let it be. */
export async function attackCostly(pool: Pool, keys: readonly string[], random: Random): Promise<Outcome> {
  const { body, headers } = random.oneOf(COSTLIES)(random.below(2 ** 31));
  const common = { 'content-type': 'application/json', authorization: `Bearer ${random.oneOf(keys)}` };
  return ask(pool, { method: 'POST', path: '/graphql', headers: { ...common, ...headers }, body });
}

/** One damaged request over the pool. */
export async function attack(pool: Pool, keys: readonly string[], random: Random): Promise<Outcome> {
  const method = random.oneOf(METHODS);
  const text = damaged(bodyOf(random), random);
  const coding = random.below(20) === 0 ? random.oneOf(CODINGS) : undefined;
  const hasBody = method !== 'GET' && method !== 'HEAD';
  const path = random.oneOf(PATHS);
  const query = hasBody
    ? ''
    : `?${random.oneOf(['query', 'documentId', 'extensions', 'variables'])}=${encodeURIComponent(text.toWellFormed()).slice(0, 8_000)}`;
  const key = random.oneOf([...keys, ...keys, 'sk_test_x', '', 'a.b.c', 'x'.repeat(5_000)]);
  const headers: Record<string, string> = {
    'content-type': random.below(10) > 0 ? 'application/json' : random.oneOf(KINDS),
    authorization: random.oneOf([
      `Bearer ${key}`,
      `Bearer ${key}`,
      `Bearer ${key}`,
      `Basic ${key}`,
      `AccessKey ${key}`,
      key,
    ]),
    ...(coding !== undefined && { 'content-encoding': coding }),
    ...(random.below(20) === 0 && { 'x-forwarded-for': random.oneOf(['::1', '1.2.3.4, 5.6.7.8', 'x'.repeat(300)]) }),
    ...(random.below(20) === 0 && {
      accept: random.oneOf(['text/event-stream', 'multipart/mixed', '*/*;q=x', 'text/html']),
    }),
    ...(random.below(50) === 0 && { 'x-request-id': random.oneOf(['a'.repeat(500), 'ok-1', '{}']) }),
  };
  return ask(pool, { method, path: path + query, headers, ...(hasBody && { body: bytesOf(text, coding, random) }) });
}

/**
 * One request over the pool, with its answer read to the end. `body.dump()` is content where its signal aborts or the
 * connection ends in the middle of a body: by itself it would count a body that never ends as an answer.
 */
export async function ask(
  pool: Pool,
  request: Parameters<Pool['request']>[0],
  patienceMs = PATIENCE_MS,
): Promise<Outcome> {
  const signal = AbortSignal.timeout(patienceMs);
  const unanswered = () => (signal.aborted ? 'hung' : 'closed');
  try {
    const { body, statusCode } = await pool.request({ ...request, signal });
    await body.dump({ limit: Number.MAX_SAFE_INTEGER });
    return body.readableEnded ? statusCode : unanswered();
  } catch {
    return unanswered();
  }
}
