/** Parsed and validated documents: Apollo Server asks here before it parses, so that each text is judged once. */
import { InMemoryLRUCache, type KeyValueCache } from '@apollo/utils.keyvaluecache';
import type { DocumentNode } from 'graphql';
import { createLru } from '../kernel/lru.js';

export interface DocumentStore extends KeyValueCache<DocumentNode> {
  /** From now on the document with this SHA-256 is kept where other documents cannot push it out. */
  keepPublished(sha256: string): void;
}

/** Characters of the published texts whose documents a process keeps. A document takes some 70 bytes for each. */
const PUBLISHED_CAPACITY = 1_000_000;
const ENTRY = 200;

/** A store in two parts: published documents, and the texts that anybody may send, 30 MiB of them. */
export function createDocumentStore(): DocumentStore {
  const published = createLru<string, DocumentNode | undefined>({
    capacity: PUBLISHED_CAPACITY,
    weigh: (document) => ENTRY + (document?.loc?.source.body.length ?? 0),
  });
  const others = new InMemoryLRUCache<DocumentNode>();
  // Apollo puts a hash of the schema in front, for stores that several servers share.
  const sha256In = (key: string) => key.slice(-64);
  return {
    keepPublished(sha256) {
      if (!published.has(sha256)) published.set(sha256, undefined);
    },
    get: async (key) => published.get(sha256In(key)) ?? others.get(key),
    async set(key, document, options) {
      const sha256 = sha256In(key);
      if (published.has(sha256)) published.set(sha256, document);
      else await others.set(key, document, options);
    },
    async delete(key) {
      published.delete(sha256In(key));
      await others.delete(key);
    },
  };
}
