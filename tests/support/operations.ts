/** Operations by their id, as clients of the gateway publish and run them. */
import { hash } from 'node:crypto';
import type { Caller } from './caller.js';
import { type Answer, type CallOptions, postBody } from './graphql-client.js';

export const idOf = (body: string): string => hash('sha256', body, 'hex');
export const operationOf = (body: string) => ({ id: idOf(body), body });

const PUBLISH = `mutation ($input: PublishOperationsInput!) {
  publishOperations(input: $input) { published alreadyPublished }
}`;

export interface PublishedAnswer {
  publishOperations: { published: number; alreadyPublished: number };
}

/** Publishes texts under their own ids, unless an operation says otherwise. */
export const publish = (caller: Caller, ...operations: (string | { id: string; body: string })[]) =>
  caller.query<PublishedAnswer>(PUBLISH, {
    input: { operations: operations.map((each) => (typeof each === 'string' ? operationOf(each) : each)) },
  });

/** Posts any members of a request. */
export const post = (url: string, members: unknown, options?: CallOptions) =>
  postBody(url, JSON.stringify(members), options);

/** Members of a request in the query string; those that are no strings as JSON. */
export async function get(url: string, members: Record<string, unknown>, { key = '' }: CallOptions): Promise<Answer> {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(members))
    search.append(name, typeof value === 'string' ? value : JSON.stringify(value));
  const response = await fetch(`${url}/graphql?${search}`, {
    headers: { authorization: `Bearer ${key}` },
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Answer['body'] };
}

/** The member that Apollo's clients send. */
export const apolloExtension = (sha256Hash: unknown, version: unknown = 1) => ({
  extensions: { persistedQuery: { version, sha256Hash } },
});
