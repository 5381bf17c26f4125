/** What a process keeps of the texts that anybody sends. */
import { parse } from 'graphql';
import { expect, test } from 'vitest';
import { createDocumentStore } from '../../../src/server/document-store.js';

const MIB = 2 ** 20;
const idOf = (at: number) => String(at).padStart(64, '0');

/** How many of so many documents are kept. */
async function keptOf(count: number, textOf: (at: number) => string, published = false): Promise<number> {
  const documents = createDocumentStore();
  for (let at = 0; at < count; at += 1) {
    if (published) documents.keepPublished(idOf(at));
    await documents.set(idOf(at), parse(textOf(at)));
  }
  const found = await Promise.all(Array.from({ length: count }, (_, at) => documents.get(idOf(at))));
  return found.filter((document) => document !== undefined).length;
}

const commented = (at: number) => `{ a } #${at}${'x'.repeat(90_000)}`;
const wide = (at: number) => `query Q${at} { ${'a '.repeat(900)} }`;

test('memory filled with comments: texts of 90 kB are kept for 16 MiB together, published ones for 32', async () => {
  expect(await keptOf(400, commented)).toBeLessThanOrEqual((16 * MIB) / 90_000);
  expect(await keptOf(400, commented, true)).toBeLessThanOrEqual((32 * MIB) / 90_000);
});

test('memory filled with tokens: documents of 900 fields are kept by what their nodes take', async () => {
  const kept = await keptOf(200, wide);
  expect(kept).toBeGreaterThan(10);
  expect(kept).toBeLessThanOrEqual((16 * MIB) / (900 * 300));
});

test('the documents of a thousand ordinary texts stay', async () => {
  expect(await keptOf(1_000, (at) => `query Q${at} { viewer { kind mode } node(id: "x") { id } }`)).toBe(1_000);
});
