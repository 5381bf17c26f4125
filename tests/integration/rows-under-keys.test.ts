/** What is counted before a secret is taken out: all that its keys are still good for, and nothing else. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PURPOSES } from '../../src/commands/secrets.js';
import { run } from '../../src/entities/database.js';
import { countRowsUnderKeys, KEYED_KINDS, type KeyedKind } from '../../src/entities/rows-under-keys.js';
import { deriveKeyRing } from '../../src/kernel/key-ring.js';
import { insertGrant, sealGrant } from '../../src/verification/upstream-grant.js';
import { startGateway } from '../support/harness.js';
import { sendLink } from '../support/links.js';
import { uuidOf } from '../support/listening.js';
import { saved } from '../support/saved-methods.js';
import { webhooksOf } from '../support/webhooks.js';
import type { TestWorkspace } from '../support/workspace.js';

const SECRET = 'the secret that everything here is under';
const REDIRECT = 'https://app.acme.example/verified';
// Nobody works the queue, so nothing is sent to the mail server that is not there.
const gateway = await startGateway({
  work: false,
  env: { GATEWAY_SECRET: SECRET, SMTP_URL: 'smtp://127.0.0.1:9', MAIL_FROM: 'codes@gateway.example' },
});
afterAll(() => gateway[Symbol.asyncDispose]());

const ringOf = (kind: KeyedKind) => deriveKeyRing([SECRET], PURPOSES[kind]);

/** How many rows are under the keys of the secret, counted where nothing can be changed. */
async function counts(): Promise<Record<KeyedKind, number>> {
  const rows = await gateway.storage.database.transaction(async (transaction) => {
    await run(transaction, 'set transaction read only');
    return countRowsUnderKeys(transaction);
  });
  const of = (kind: KeyedKind) =>
    rows.find((row) => row.kind === kind && row.keyId === ringOf(kind).current.id)?.count ?? 0;
  expect(rows).toHaveLength(KEYED_KINDS.filter((kind) => of(kind) > 0).length);
  return Object.fromEntries(KEYED_KINDS.map((kind) => [kind, of(kind)])) as Record<KeyedKind, number>;
}

let workspaces: TestWorkspace[];
beforeAll(async () => {
  workspaces = await Promise.all([gateway.workspace(), gateway.workspace()]);
  await gateway.sql('update workspace set redirect_uris = $1', [[REDIRECT]]);
});

/** One of each kind in a workspace's live mode, and what a key of the secret is not needed for. */
async function fill({ id: workspaceId, live, test: caller }: TestWorkspace): Promise<void> {
  const { id: customerId } = await live.createCustomer({ email: 'ada@example.com' });
  const { id } = await live.sendEmail(customerId);
  const grace = await live.createCustomer();
  await sendLink(live, { customerId: grace.id, email: 'grace@example.com', redirectUri: REDIRECT });
  await saved(live, { customerId });
  const { endpoint } = await webhooksOf(live).create({ url: 'https://receiver.example/hooks' });
  await webhooksOf(live).rotate({ id: endpoint.id });
  const world = { workspaceId, mode: 'LIVE' } as const;
  const grant = sealGrant(ringOf('userTokens'), world, uuidOf(id), 'the token of a user');
  await gateway.storage.database.transaction((transaction) => insertGrant(transaction, world, uuidOf(id), grant));
  // Test mode's code is 123456, whatever the secret.
  await caller.sendEmail((await caller.createCustomer({ email: 'ada@example.com' })).id);
}

const EACH = (count: number) => Object.fromEntries(KEYED_KINDS.map((kind) => [kind, count]));

describe('what is under a key', () => {
  test('is counted by kind, over all workspaces, without a change', async () => {
    expect(await counts()).toEqual(EACH(0));
    for (const workspace of workspaces) await fill(workspace);
    expect(await counts()).toEqual(EACH(2));
  });

  test.each<[string, string, Partial<Record<KeyedKind, number>>]>([
    [
      'a code or a link that nobody can use any more',
      `update verification set status = 'CANCELED' where mode = 'LIVE' and workspace_id = $1`,
      { codes: 1, links: 1 },
    ],
    [
      'a code whose attempts are spent',
      `update verification set failed_attempts = max_attempts where kind = 'CODE' and workspace_id <> $1`,
      { codes: 0, links: 1 },
    ],
    [
      'one that has expired',
      `update verification set expires_at = now() - interval '1 second' where workspace_id <> $1`,
      { codes: 0, links: 0 },
    ],
    [
      'a token whose verification has expired',
      `update upstream_grant set expires_at = now() - interval '1 second' where workspace_id = $1`,
      { userTokens: 1 },
    ],
    [
      'a secret of an endpoint behind its overlap, which signs nothing',
      `update webhook_endpoint set previous_until = now() - interval '1 second' where workspace_id = $1`,
      { previousWebhookSecrets: 1, webhookSecrets: 2, instruments: 2 },
    ],
  ])('leaves out %s', async (_, statement, left) => {
    await gateway.sql(statement, [workspaces[0]?.id as string]);
    expect(await counts()).toMatchObject(left);
  });
});
