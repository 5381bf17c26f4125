/**
 * What a request asks to be run: a text, the id of a text, or both. Ids are those of GraphQL over HTTP (appendix A,
 * `documentId`) and of Apollo's clients (`extensions.persistedQuery`).
 */
import { GatewayError } from '../kernel/errors.js';
import { idOfText, sha256Of } from '../operations/operation-id.js';

/** The members of a request in GraphQL over HTTP, each as the caller wrote it. */
export interface Parameters {
  readonly query?: unknown;
  readonly documentId?: unknown;
  readonly operationName?: unknown;
  readonly variables?: unknown;
  readonly extensions?: unknown;
}

export interface AskedOperation {
  /** Undefined where only an id was sent. */
  readonly text: string | undefined;
  /** Undefined where only a text was sent. */
  readonly id: string | undefined;
  /** True where Apollo's client asks for the text to be kept under the id. */
  readonly registers: boolean;
}

const refuse = (message: string): GatewayError => new GatewayError('BAD_REQUEST', message);

/**
 * Undefined where the request names no operation in any way that is known: Apollo Server refuses it.
 * @throws {GatewayError} BAD_REQUEST for an id of a wrong type, two ids, or a text that is not the id's
 */
export function askedOperation({ query, documentId, extensions }: Parameters): AskedOperation | undefined {
  const ids = [documentIdIn(documentId), apolloIdIn(extensions)].filter((id) => id !== undefined);
  const [id, other] = ids;
  if (other !== undefined && sha256Of(other) !== sha256Of(id as string)) {
    throw refuse('documentId and extensions.persistedQuery name different operations.');
  }
  const text = textIn({ query });
  if (text === undefined && id === undefined) return undefined;
  // A client that sends both has computed the hash of another text than it sends, or was given another's id.
  if (text !== undefined && id !== undefined && sha256Of(id) !== idOfText(text)) {
    throw refuse('The id is not the SHA-256 of the query that was sent with it.');
  }
  return { text, id, registers: apolloIdIn(extensions) !== undefined };
}

/** The text in a request; an empty one is none, as Apollo Server has it. */
export function textIn({ query }: Parameters): string | undefined {
  return typeof query === 'string' && query !== '' ? query : undefined;
}

function documentIdIn(documentId: unknown): string | undefined {
  if (documentId === undefined || documentId === null) return undefined;
  if (typeof documentId !== 'string') throw refuse('documentId must be a string.');
  return documentId;
}

function apolloIdIn(extensions: unknown): string | undefined {
  if (typeof extensions !== 'object' || extensions === null) return undefined;
  const { persistedQuery } = extensions as { persistedQuery?: unknown };
  if (persistedQuery === undefined || persistedQuery === null) return undefined;
  const { version, sha256Hash } = persistedQuery as { version?: unknown; sha256Hash?: unknown };
  if (version !== 1) throw refuse('extensions.persistedQuery must have version 1.');
  if (typeof sha256Hash !== 'string') throw refuse('extensions.persistedQuery must have a sha256Hash.');
  return sha256Hash;
}
