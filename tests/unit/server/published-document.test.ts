/** What running a published operation costs: nothing is parsed and nothing validated that was before. */
import { hash } from 'node:crypto';
import { buildSchema } from 'graphql';
import { expect, test } from 'vitest';
import type { OperationRegistry } from '../../../src/operations/use-cases.js';
import { createApollo } from '../../../src/server/apollo.js';
import { createDocumentStore } from '../../../src/server/document-store.js';
import type { ServerContext } from '../../../src/server/graphql-request.js';
import { createOperationGate } from '../../../src/server/operation-gate.js';
import type { Logger } from '../../../src/telemetry/logger.js';
import { createMetrics } from '../../../src/telemetry/metrics.js';
import { principal } from '../principals.js';

const logger = { warn() {}, error() {} } as unknown as Logger;
const schema = buildSchema('type Query { a: Int }');
const sha256 = (text: string) => hash('sha256', text, 'hex');

/** Apollo Server as the gateway runs it, with its parses and validations counted. */
async function startApollo(registry: OperationRegistry) {
  const documents = createDocumentStore();
  const apollo = createApollo({ schema, documents, logger, metrics: createMetrics(), production: true });
  const counted = { parsed: 0, validated: 0 };
  apollo.addPlugin({
    async requestDidStart() {
      return {
        async parsingDidStart() {
          counted.parsed += 1;
        },
        async validationDidStart() {
          counted.validated += 1;
        },
      };
    },
  });
  await apollo.start();
  const gate = createOperationGate(registry, documents);
  const execute = async (members: object, caller = principal()) => {
    const admitted = await gate(caller, members);
    const contextValue = { register: admitted?.register } as unknown as ServerContext;
    const { body } = await apollo.executeOperation({ query: admitted?.text as string }, { contextValue });
    if (body.kind !== 'single') throw new Error('an incremental answer');
    return body.singleResult;
  };
  return { execute, counted, gate, [Symbol.asyncDispose]: () => apollo.stop() };
}

const published = (texts: readonly string[]): OperationRegistry => {
  const byId = new Map(texts.map((text) => [sha256(text), text]));
  return { findPublished: async (_, id) => byId.get(id), findRegistered: async () => undefined, register() {} };
};

test('a published operation is parsed and validated once, and not again after a flood of 4,000 others', {
  timeout: 60_000,
}, async () => {
  const text = 'query Published { a }';
  await using server = await startApollo(published([text]));
  const documentId = sha256(text);
  for (let run = 0; run < 100; run += 1)
    expect(await server.execute({ documentId })).toMatchObject({ data: { a: null } });
  expect(server.counted).toEqual({ parsed: 1, validated: 1 });
  // More than the other part of the store holds.
  for (let at = 0; at < 4_000; at += 1) await server.execute({ query: `query Q${at} { ${'a '.repeat(60)} }` });
  const before = { ...server.counted };
  expect(before.parsed).toBe(4_001);
  for (let run = 0; run < 100; run += 1) await server.execute({ documentId });
  expect(server.counted).toEqual(before);
  // The first of the others did go: the flood was one.
  await server.execute({ query: `query Q0 { ${'a '.repeat(60)} }` });
  expect(server.counted.parsed).toBe(before.parsed + 1);
});

test('published operations of several workspaces with one text share one document', async () => {
  const text = 'query Shared { a }';
  await using server = await startApollo(published([text]));
  for (const workspaceId of ['v', 'w']) await server.execute({ documentId: sha256(text) }, principal({ workspaceId }));
  expect(server.counted).toEqual({ parsed: 1, validated: 1 });
});

test('a narrowed key reaches no registered text', async () => {
  const text = 'query Registered { a }';
  const registry: OperationRegistry = {
    findPublished: async () => undefined,
    findRegistered: async () => text,
    register() {},
  };
  await using server = await startApollo(registry);
  expect(await server.execute({ documentId: sha256(text) })).toMatchObject({ data: { a: null } });
  await expect(server.gate(principal({ persistedOnly: true }), { documentId: sha256(text) })).rejects.toMatchObject({
    code: 'PERSISTED_QUERY_NOT_FOUND',
  });
});
