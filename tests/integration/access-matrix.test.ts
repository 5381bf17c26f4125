/** The access matrix, held by a running gateway cell by cell: every root field by every kind of caller. */
import { afterAll, describe, expect, test } from 'vitest';
import { SECRET_KEY_SCOPES } from '../../src/access/scopes.js';
import { buildGatewaySchema } from '../../src/resolvers/schema.js';
import {
  ACCESS_CALLERS,
  type AccessCaller,
  type AccessOutcome,
  type AccessRow,
  accessTable,
} from '../../src/schema/access-table.js';
import { type Owned, SAMPLES, sampleDocument, sampleInstrument } from '../support/access-samples.js';
import { createKeyClient } from '../support/api-keys.js';
import type { Caller, CustomerView } from '../support/caller.js';
import { type Answer, dataOf } from '../support/graphql-client.js';
import { startGateway } from '../support/harness.js';
import { saved } from '../support/saved-methods.js';

// Live mode has email only with a server to send it by; nothing is sent, because nobody works the queue.
const env = { GATEWAY_LIMIT_SCALE: '1000', SMTP_URL: 'smtp://127.0.0.1:9', MAIL_FROM: 'a@example.com' };
const gateway = await startGateway({ env, work: false });
afterAll(() => gateway[Symbol.asyncDispose]());

const schema = buildGatewaySchema();
const ROWS = accessTable(schema);
const [owner, stranger] = await Promise.all([gateway.workspace(), gateway.workspace()]);

let contacts = 0;

/** A customer with a contact, a verification and a key, made for one cell. */
async function own(caller: Caller, mode: Owned['mode']): Promise<Owned> {
  contacts += 1;
  const { id: customerId, platformCustomerId } = await caller.createCustomer({
    email: `first-${contacts}@example.com`,
    phone: `+3361${String(contacts).padStart(7, '0')}`,
    region: 'FR',
  });
  const attested = { customerId, kind: 'EMAIL', value: `second-${contacts}@example.com`, attestedBy: 'bank' };
  const answer = await caller.query<{ result: CustomerView }>(
    'mutation ($input: AttestContactPointInput!) { result: attestContactPoint(input: $input) { contactPoints { id verifiedAt } } }',
    { input: attested },
  );
  const contactId = dataOf(answer).result.contactPoints.find(({ verifiedAt }) => verifiedAt !== null)?.id as string;
  const { id: verificationId } = await caller.sendEmail(customerId, { email: `first-${contacts}@example.com` });
  if (mode === 'TEST') await caller.sendPhone(customerId);
  const made = dataOf(await createKeyClient(caller).create({ mode })).result;
  const { id: methodId } = await saved(caller, sampleInstrument(customerId));
  return { mode, customerId, platformCustomerId, contactId, verificationId, keyId: made.key.id, methodId };
}

/** The key that each caller brings for a row; undefined for none. */
const CREDENTIALS: Record<AccessCaller, (row: AccessRow) => Promise<string | undefined>> = {
  nobody: async () => undefined,
  expired: () => ended('expires_at'),
  revoked: () => ended('revoked_at'),
  publishable: async () => (await owner.key({ kind: 'PUBLISHABLE' })).secret,
  narrowed: async ({ rule }) => {
    const needed: readonly string[] = rule.scopes.flat();
    return (await owner.key({ scopes: SECRET_KEY_SCOPES.filter((scope) => !needed.includes(scope)) })).secret;
  },
  otherWorkspace: async () => stranger.test.key,
  otherMode: async () => owner.live.key,
  secret: async () => owner.test.key,
};

async function ended(column: 'expires_at' | 'revoked_at'): Promise<string> {
  const { id, secret } = await owner.key();
  await gateway.sql(`update api_key set ${column} = now() where id = $1`, [id]);
  return secret;
}

/** What became of a call; anything that no cell may say is told as it is. */
function outcomeOf({ body }: Answer<{ result: unknown }>): AccessOutcome | string {
  const code = body.errors?.[0]?.extensions.code;
  if (code !== undefined) return code === 'NOT_FOUND' ? 'NOTHING' : code;
  const result = body.data?.result as { code?: string; nodes?: unknown[] } | null;
  const isNothing = result === null || result?.code === 'NOT_FOUND' || result?.nodes?.length === 0;
  return isNothing ? 'NOTHING' : 'ALLOWED';
}

test('every root field has a sample, and no sample is of a field that is gone', () => {
  expect(Object.keys(SAMPLES).sort()).toEqual(ROWS.map(({ field }) => field).sort());
});

describe('K7: the access matrix is what a running gateway does', async () => {
  const [theirs, live] = await Promise.all([own(stranger.test, 'TEST'), own(owner.live, 'LIVE')]);
  expect([theirs.mode, live.mode]).toEqual(['TEST', 'LIVE']);

  test.each(ROWS)('$field', async (row) => {
    const document = sampleDocument(schema, row.field);
    const owned = await own(owner.test, 'TEST');
    const seen: Record<string, string> = {};
    // The owner comes last in the list of callers: a call that is allowed may end what it is about.
    for (const caller of Object.keys(ACCESS_CALLERS) as AccessCaller[]) {
      const key = await CREDENTIALS[caller](row);
      const mode = caller === 'otherMode' ? 'LIVE' : 'TEST';
      const variables = SAMPLES[row.field]?.(owned, mode);
      const answer = await gateway.query<{ result: unknown }>(document, variables, key === undefined ? {} : { key });
      seen[caller] = outcomeOf(answer);
      if (row.outcomes[caller] !== 'ALLOWED')
        expect(JSON.stringify(answer.body)).not.toContain(owned.platformCustomerId);
    }
    expect(seen).toEqual(row.outcomes);
  });
});
