/** The operations of a client, as its tools write them down: a manifest, or a folder of documents. */
import { globSync, readFileSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { type GraphQLError, Kind, parse } from 'graphql';
import { idOfText, sha256Of } from '../operations/operation-id.js';

/** An operation, and where it was found in words for an operator. */
export interface ListedOperation {
  readonly id: string;
  readonly body: string;
  readonly place: string;
}

/** Apollo's manifest, as `generate-persisted-query-manifest` writes it. */
interface ApolloManifest {
  readonly format: 'apollo-persisted-query-manifest';
  readonly version: unknown;
  readonly operations: unknown;
}

/**
 * Reads Apollo's manifest, codegen's `persisted-documents.json`, or all `.graphql` files under a folder. Every file of
 * a folder is complete in itself: its id is the SHA-256 of its bytes, so nothing can be added to it.
 * @throws {Error} that names the file, the operation and what is wrong with it
 */
export function readOperations(path: string): readonly ListedOperation[] {
  const entry = statSync(path, { throwIfNoEntry: false });
  if (!entry) throw new Error(`${path}: there is no such file or folder`);
  const operations = entry.isDirectory() ? inFolder(path) : inManifest(path);
  if (operations.length === 0) throw new Error(`${path}: holds no operation`);
  for (const operation of operations) checkOne(operation);
  return operations;
}

function inFolder(folder: string): ListedOperation[] {
  const names = globSync('**/*.graphql', { cwd: folder, exclude: ['**/node_modules'] });
  return names.sort().map((name) => {
    const body = readFileSync(join(folder, name), 'utf8');
    return { id: idOfText(body), body, place: join(folder, name) };
  });
}

function inManifest(path: string): ListedOperation[] {
  let manifest: unknown;
  try {
    manifest = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    throw new Error(`${path}: is no JSON${extname(path) === '.graphql' ? '; name the folder that it is in' : ''}`);
  }
  if (typeof manifest !== 'object' || manifest === null || Array.isArray(manifest)) throw unknownFormat(path);
  if (isApollo(manifest)) return inApollo(path, manifest);
  return Object.entries(manifest).map(([id, body]) => listed(path, id, body));
}

const unknownFormat = (path: string) =>
  new Error(`${path}: is neither Apollo's manifest (version 1) nor an object of texts by their hash`);

const isApollo = (manifest: object): manifest is ApolloManifest => 'format' in manifest;

function inApollo(path: string, { format, version, operations }: ApolloManifest): ListedOperation[] {
  const known = format === 'apollo-persisted-query-manifest' && version === 1 && Array.isArray(operations);
  if (!known) throw unknownFormat(path);
  return operations.map((operation: { id?: unknown; name?: unknown; body?: unknown } | null) =>
    listed(path, operation?.id, operation?.body, operation?.name),
  );
}

function listed(path: string, id: unknown, body: unknown, name?: unknown): ListedOperation {
  const label = typeof name === 'string' ? name : String(id).slice(0, 80);
  const place = `${path}: operation ${label}`;
  if (typeof id !== 'string' || typeof body !== 'string') throw new Error(`${place}: id and body must be texts`);
  const sha256 = sha256Of(id);
  if (sha256 === undefined) {
    throw new Error(`${place}: the id is no SHA-256 in lower-case hex; with codegen, set hashAlgorithm: sha256`);
  }
  return { id: sha256, body, place: typeof name === 'string' ? place : `${path}: operation ${nameIn(body) ?? label}` };
}

function nameIn(body: string): string | undefined {
  return /\b(?:query|mutation|subscription)\s+(\w+)/.exec(body)?.[1];
}

function checkOne({ id, body, place }: ListedOperation): void {
  if (id !== idOfText(body)) throw new Error(`${place}: the id is not the SHA-256 of the body`);
  try {
    const operations = parse(body).definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
    if (operations.length === 1) return;
    throw new Error(`must hold exactly one operation; it holds ${operations.length}`);
  } catch (error) {
    const { message, locations } = error as GraphQLError;
    throw new Error(`${place}: ${message}${locations?.[0] ? ` (line ${locations[0].line})` : ''}`);
  }
}
