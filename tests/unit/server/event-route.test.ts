/** What becomes of a stream whose credential is read again before something is told, and of one in a process that stops. */
import { text } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { GatewayError } from '../../../src/kernel/errors.js';
import { eventRoute } from '../../../src/server/event-route.js';
import type { EventStream } from '../../../src/server/event-stream.js';
import { createEventStreams, type EventStreams } from '../../../src/server/event-streams.js';
import type { ServerContext } from '../../../src/server/graphql-request.js';
import { principal } from '../principals.js';

type Execute = (asked: { context: () => Promise<ServerContext> }) => Promise<object>;

/** All that a stream says of what Apollo Server does. */
function said(
  streams: EventStreams,
  executeHTTPGraphQLRequest: Execute,
  identify: () => Promise<unknown> = async () => principal({}),
): Promise<string> {
  const silent = { warn: () => {}, error: () => {} };
  const apollo = { executeHTTPGraphQLRequest };
  const deps = { apollo, streams, identify, gate: async () => undefined, contextOf: () => ({}), logger: silent };
  const metrics = { error: () => {} };
  const request = { method: 'POST', headers: {}, url: '/graphql', body: {}, principal: principal({}) };
  let body: EventStream['body'] | undefined;
  const reply = { headers: () => reply, type: () => reply, send: (sent: EventStream['body']) => (body = sent) };
  eventRoute({ ...deps, metrics } as never)(request as never, reply as never);
  return text(body as EventStream['body']);
}

/** A subscription that has one thing to tell, and ends when it is said to. */
const watching =
  (end: Promise<void>): Execute =>
  async ({ context }) => {
    (await context()).subscribed?.(
      (async function* () {
        yield { data: { verificationChanged: { status: 'VERIFIED' } } };
        await end;
      })(),
    );
    return { body: { kind: 'chunked' } };
  };

function told(identify: () => Promise<unknown>): Promise<string> {
  const streams = createEventStreams(() => 0);
  return said(streams, watching(Promise.resolve()), identify).finally(() => streams.close());
}

test('what has happened is told, and the stream completes', async () => {
  expect(await told(async () => principal({}))).toMatch(/VERIFIED[\s\S]*event: complete/);
});

test('attack: who has lost the right to read is told that, and nothing more', async () => {
  const said = await told(() => Promise.reject(new GatewayError('UNAUTHENTICATED', 'no')));
  expect(said).toMatch(/UNAUTHENTICATED[\s\S]*event: complete/);
  expect(said).not.toContain('VERIFIED');
});

test('a database that is away for a moment ends the connection and completes nothing: the client asks again', async () => {
  const away = Object.assign(new Error('terminating connection'), { code: '57P01' });
  expect(await told(() => Promise.reject(away))).not.toMatch(/event: |VERIFIED/);
});

test('a process that stops tells the answer of a query or a mutation that is under way', async () => {
  const streams = createEventStreams(() => 0);
  const answered = Promise.withResolvers<object>();
  const all = said(streams, () => answered.promise);
  streams.close();
  answered.resolve({ body: { kind: 'complete', string: '{"data":{}}' } });
  expect(await all).toMatch(/event: next\ndata: {"data":{}}[\s\S]*event: complete/);
});

test('a process that stops ends subscriptions, and those that are opened meanwhile, and completes none', async () => {
  const streams = createEventStreams(() => 0);
  const never = Promise.withResolvers<void>().promise;
  const before = said(streams, watching(never));
  await setImmediate();
  streams.close();
  const meanwhile = said(streams, watching(never));
  expect(await before).toMatch(/^(?![\s\S]*complete)[\s\S]*VERIFIED/);
  expect(await meanwhile).not.toMatch(/event: |VERIFIED/);
});
