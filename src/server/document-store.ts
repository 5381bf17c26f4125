/** Parsed and validated documents: Apollo Server asks here before it parses, so that each text is judged once. */
import type { DocumentNode } from 'graphql';
import { createLru } from '../kernel/lru.js';

/** As Apollo Server asks for one. */
export interface DocumentStore {
  get(key: string): Promise<DocumentNode | undefined>;
  set(key: string, document: DocumentNode): Promise<void>;
  delete(key: string): Promise<void>;
  /** From now on the document with this SHA-256 is kept where other documents cannot push it out. */
  keepPublished(sha256: string): void;
}

/** Bytes of the documents that a process keeps: of published texts, and of texts that anybody may send. */
const PUBLISHED_CAPACITY = 32 * 2 ** 20;
const OTHERS_CAPACITY = 16 * 2 ** 20;
const ENTRY = 500;
/** What the heap was measured to hold for each token: its nodes, their places and the token itself. */
const TOKEN = 310;

// By what it holds in memory: the JSON of a document, by which Apollo's own cache weighs, has nothing of its comments,
// so that forty thousand texts of 90 kB would be kept, with all their bytes.
function bytesOf(document: DocumentNode | undefined): number {
  let bytes = ENTRY + 2 * (document?.loc?.source.body.length ?? 0);
  for (let token = document?.loc?.startToken; token; token = token.next ?? undefined) bytes += TOKEN;
  return bytes;
}

/** A store in two parts: published documents, and the texts that anybody may send, who push out each other's alone. */
export function createDocumentStore(): DocumentStore {
  const published = createLru<string, DocumentNode | undefined>({ capacity: PUBLISHED_CAPACITY, weigh: bytesOf });
  const others = createLru<string, DocumentNode>({ capacity: OTHERS_CAPACITY, weigh: bytesOf });
  // Apollo puts a hash of the schema in front, for stores that several servers share.
  const sha256In = (key: string) => key.slice(-64);
  return {
    keepPublished(sha256) {
      if (!published.has(sha256)) published.set(sha256, undefined);
    },
    get: async (key) => published.get(sha256In(key)) ?? others.get(key),
    async set(key, document) {
      const sha256 = sha256In(key);
      if (published.has(sha256)) published.set(sha256, document);
      else others.set(key, document);
    },
    async delete(key) {
      published.delete(sha256In(key));
      others.delete(key);
    },
  };
}
