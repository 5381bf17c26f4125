/** The operations on keys and the audit log, as one holder of a key calls them. */
import type { Caller, Variables } from './caller.js';
import type { Answer } from './graphql-client.js';

const KEY = `fragment K on ApiKey {
  id name kind mode scopes persistedOnly merchantId allowedIps createdAt lastUsedAt expiresAt revokedAt
}`;
const EVENT = 'id at actorKind actorId action objectType objectId details';

export interface KeyView {
  id: string;
  name: string;
  kind: string;
  mode: string;
  scopes: string[];
  persistedOnly: boolean;
  merchantId: string | null;
  allowedIps: string[] | null;
  createdAt: string;
  lastUsedAt: string | null;
  expiresAt: string | null;
  revokedAt: string | null;
}

export interface EventView {
  id: string;
  at: string;
  actorKind: string;
  actorId: string;
  action: string;
  objectType: string;
  objectId: string | null;
  details: Record<string, unknown>;
}

interface PageView<Node> {
  edges: { cursor: string; node: Node }[];
  nodes: Node[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null };
}

export interface CreatedView {
  key: KeyView;
  secret: string;
}

type Result<Of> = Promise<Answer<{ result: Of }>>;
const PAGE = (node: string) =>
  `edges { cursor node { id } } nodes { ${node} } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }`;

export function createKeyClient({ query }: Pick<Caller, 'query'>) {
  return {
    /** A secret test key unless said otherwise. */
    create: (input: Variables = {}): Result<CreatedView> =>
      query(
        `mutation ($input: CreateApiKeyInput!) { result: createApiKey(input: $input) { key { ...K } secret } } ${KEY}`,
        { input: { name: 'made', kind: 'SECRET', mode: 'TEST', ...input } },
      ),
    rotate: (id: string, overlapSeconds?: number): Result<CreatedView> =>
      query(
        `mutation ($input: RotateApiKeyInput!) { result: rotateApiKey(input: $input) { key { ...K } secret } } ${KEY}`,
        { input: { id, ...(overlapSeconds !== undefined && { overlapSeconds }) } },
      ),
    revoke: (id: string): Result<KeyView> =>
      query(`mutation ($input: RevokeApiKeyInput!) { result: revokeApiKey(input: $input) { ...K } } ${KEY}`, {
        input: { id },
      }),
    list: (variables: Variables = {}): Result<PageView<KeyView>> =>
      query(
        `query ($first: Int, $after: String) { result: apiKeys(first: $first, after: $after) { ${PAGE('...K')} } } ${KEY}`,
        variables,
      ),
    node: (id: string): Result<(KeyView & EventView) | null> =>
      query(`query ($id: ID!) { result: node(id: $id) { id ...K ... on AuditEvent { action objectId } } } ${KEY}`, {
        id,
      }),
    events: (variables: Variables = {}): Result<PageView<EventView>> =>
      query(
        `query ($first: Int, $after: String, $from: DateTime, $to: DateTime, $objectId: ID) {
          result: auditEvents(first: $first, after: $after, from: $from, to: $to, objectId: $objectId) { ${PAGE(EVENT)} } }`,
        variables,
      ),
  };
}
