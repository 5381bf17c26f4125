/** What becomes of a stream whose credential is read again before something is told. */
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { GatewayError } from '../../../src/kernel/errors.js';
import { eventRoute } from '../../../src/server/event-route.js';
import type { EventStream } from '../../../src/server/event-stream.js';
import { createEventStreams } from '../../../src/server/event-streams.js';
import type { ServerContext } from '../../../src/server/graphql-request.js';
import { principal } from '../principals.js';

/** All that a stream says, whose subscription has one thing to tell. */
function told(identify: () => Promise<unknown>): Promise<string> {
  const streams = createEventStreams(() => 0);
  const silent = { warn: () => {}, error: () => {} };
  const apollo = {
    async executeHTTPGraphQLRequest({ context }: { context: () => Promise<ServerContext> }) {
      (await context()).subscribed?.(
        (async function* () {
          yield { data: { verificationChanged: { status: 'VERIFIED' } } };
        })(),
      );
      return { body: { kind: 'chunked' } };
    },
  };
  const deps = { apollo, streams, identify, gate: async () => undefined, contextOf: () => ({}), logger: silent };
  const metrics = { error: () => {} };
  const request = { method: 'POST', headers: {}, url: '/graphql', body: {}, principal: principal({}) };
  let body: EventStream['body'] | undefined;
  const reply = { headers: () => reply, type: () => reply, send: (sent: EventStream['body']) => (body = sent) };
  eventRoute({ ...deps, metrics } as never)(request as never, reply as never);
  return text(body as EventStream['body']).finally(() => streams.close());
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
