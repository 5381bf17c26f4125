/** The access matrix, held by a running gateway cell by cell: every root field by every kind of caller. */
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { SECRET_KEY_SCOPES } from '../../src/access/scopes.js';
import { buildGatewaySchema } from '../../src/resolvers/schema.js';
import {
  ACCESS_CALLERS,
  type AccessCaller,
  type AccessOutcome,
  type AccessRow,
  accessTable,
} from '../../src/schema/access-table.js';
import { type Owned, SAMPLE_REDIRECT, SAMPLES, sampleDocument } from '../support/access-samples.js';
import type { Variables } from '../support/caller.js';
import { createBrowser } from '../support/connect.js';
import { listen } from '../support/event-stream.js';
import { type Answer, type CallOptions, dataOf } from '../support/graphql-client.js';
import { startGateway } from '../support/harness.js';
import { startIdentityProvider } from '../support/identity-provider.js';
import { createOwner } from '../support/owned.js';
import type { TestWorkspace } from '../support/workspace.js';

// Live mode has email only with a server to send it by; nothing is sent, because nobody works the queue.
const env = { GATEWAY_LIMIT_SCALE: '1000', SMTP_URL: 'smtp://127.0.0.1:9', MAIL_FROM: 'a@example.com' };
const gateway = await startGateway({ env, work: false });
afterAll(() => gateway[Symbol.asyncDispose]());
const provider = await startIdentityProvider();
afterAll(() => provider.close());

const schema = buildGatewaySchema();
const ROWS = accessTable(schema);
const [owner, stranger] = await Promise.all([gateway.workspace(), gateway.workspace()]);
const browser = await createBrowser(gateway.url, owner);
const settings = { redirectUris: [SAMPLE_REDIRECT], tokenIssuers: [provider.entry], connectReply: 'EXACT' };
for (const { test: caller } of [owner, stranger]) {
  const tokenIssuers = caller === owner.test ? settings.tokenIssuers : [];
  const update = 'mutation ($input: UpdateWorkspaceInput!) { updateWorkspace(input: $input) { id } }';
  dataOf(await caller.query(update, { input: { ...settings, tokenIssuers } }));
}

// A world has twenty at most.
beforeEach(() => gateway.sql('delete from webhook_endpoint'));

const create = createOwner(gateway);
/** One of everything, made for one cell; with a session in the owner's test mode. */
const own = (workspace: TestWorkspace, mode: Owned['mode']): Promise<Owned> =>
  create(workspace, mode, workspace === owner && mode === 'TEST' ? browser : undefined);

const [other, finished] = await Promise.all([own(owner, 'TEST'), own(owner, 'TEST')]);
expect(await browser.end({ refreshToken: finished.refreshToken })).toBe(1);
const tokenOf = ({ platformCustomerId }: Owned) => provider.sign({ sub: platformCustomerId });

/** What each caller brings for a row, and for the objects that it is about; undefined for nothing. */
const CREDENTIALS: Record<AccessCaller, (row: AccessRow, owned: Owned) => Promise<string | undefined>> = {
  nobody: async () => undefined,
  expired: () => ended('expires_at'),
  revoked: () => ended('revoked_at'),
  endedSession: async () => finished.accessToken,
  publishable: async () => browser.key,
  narrowed: async ({ rule }) => {
    const needed: readonly string[] = rule.scopes.flat();
    return (await owner.key({ scopes: SECRET_KEY_SCOPES.filter((scope) => !needed.includes(scope)) })).secret;
  },
  otherWorkspace: async () => stranger.test.key,
  otherMode: async () => owner.live.key,
  otherSession: async () => other.accessToken,
  otherUserToken: () => tokenOf(other),
  session: async (_, { accessToken }) => accessToken,
  userToken: (_, owned) => tokenOf(owned),
  secret: async () => owner.test.key,
};

async function ended(column: 'expires_at' | 'revoked_at'): Promise<string> {
  const { id, secret } = await owner.key();
  await gateway.sql(`update api_key set ${column} = now() where id = $1`, [id]);
  return secret;
}

interface Told {
  code?: string;
  nodes?: unknown[];
  sent?: boolean;
  ended?: number;
  unblocked?: boolean;
}

/** What became of a call; anything that no cell may say is told as it is. */
function outcomeOf({ body }: Answer<{ result: unknown }>): AccessOutcome | string {
  const code = body.errors?.[0]?.extensions.code;
  if (code !== undefined) return code === 'NOT_FOUND' ? 'NOTHING' : code;
  const result = body.data?.result as Told | null;
  if (result === null) return 'NOTHING';
  const isNothing =
    // Of a session, and of a code of connect, every refusal is one and the same.
    ['NOT_FOUND', 'SESSION_ENDED', 'CODE_INCORRECT'].includes(result?.code ?? '') ||
    result?.nodes?.length === 0 ||
    result?.sent === false ||
    result?.ended === 0 ||
    result?.unblocked === false;
  return isNothing ? 'NOTHING' : 'ALLOWED';
}

/** Calls a field; of a subscription the first event is its answer. */
async function ask(field: string, query: string, variables: Variables | undefined, options: CallOptions) {
  if (!field.startsWith('Subscription.')) return gateway.query<{ result: unknown }>(query, variables, options);
  await using listener = await listen<{ result: unknown }>(gateway.url, { query, variables }, options);
  return { status: listener.status, headers: listener.headers, body: await listener.first() };
}

test('every root field has a sample, and no sample is of a field that is gone', () => {
  expect(Object.keys(SAMPLES).sort()).toEqual(ROWS.map(({ field }) => field).sort());
});

describe('K7: K1: the access matrix is what a running gateway does', async () => {
  // Somebody who could be found by mistake.
  await Promise.all([own(stranger, 'TEST'), own(owner, 'LIVE')]);

  test.each(ROWS)('$field', async (row) => {
    const document = sampleDocument(schema, row.field);
    const callers = Object.keys(ACCESS_CALLERS) as AccessCaller[];
    const shared = await own(owner, 'TEST');
    // A mutation that is allowed may end what it is about: each gets objects of its own.
    const isSpent = (caller: AccessCaller) => row.outcomes[caller] === 'ALLOWED' && row.field.startsWith('Mutation.');
    const about = await Promise.all(callers.map((caller) => (isSpent(caller) ? own(owner, 'TEST') : shared)));
    const seen: Record<string, string> = {};
    for (const [index, caller] of callers.entries()) {
      const owned = about[index] as Owned;
      const key = await CREDENTIALS[caller](row, owned);
      const variables = SAMPLES[row.field]?.(owned, caller === 'otherMode' ? 'LIVE' : 'TEST');
      const answer = await ask(row.field, document, variables, key === undefined ? {} : { key });
      seen[caller] = outcomeOf(answer);
      if (row.outcomes[caller] !== 'ALLOWED')
        expect(JSON.stringify(answer.body)).not.toContain(owned.platformCustomerId);
    }
    expect(seen).toEqual(row.outcomes);
    // What strangers were told is not there, is: the owner's key finds it after them.
    const variables = SAMPLES[row.field]?.(shared, 'TEST');
    expect(outcomeOf(await ask(row.field, document, variables, { key: owner.test.key }))).toBe(row.outcomes.secret);
  });
});
