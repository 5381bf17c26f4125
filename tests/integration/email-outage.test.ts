/** The mail server is down: what the gateway wrote arrives by the next provider of email, word for word. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateway } from '../support/harness.js';
import { click, sendLink } from '../support/links.js';
import { startMailbox } from '../support/mailbox.js';
import { webhookSettings } from '../support/vendors/settings.js';
import { startWebhookSink } from '../support/vendors/webhook-sink.js';
import { waitFor } from '../support/wait-for.js';

const REDIRECT = 'https://app.acme.example/verified';
const mailbox = await startMailbox();
const sink = await startWebhookSink();
const gateway = await startGateway({
  env: {
    SMTP_URL: mailbox.url,
    MAIL_FROM: 'codes@gateway.example',
    ...webhookSettings(sink.url),
    PROVIDER_EMAIL: 'smtp,http',
  },
});
beforeAll(() => mailbox.close());
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await sink[Symbol.asyncDispose]();
  await mailbox[Symbol.asyncDispose]();
});

const messageTo = (address: string) =>
  waitFor(`a message to ${address}`, () => [...sink.messages.values()].find(({ to }) => to === address));

test('U4: a link arrives by the next provider, and opens the verification', async () => {
  const { id: workspaceId, live } = await gateway.workspace();
  await gateway.sql('update workspace set redirect_uris = $2 where id = $1', [workspaceId, [REDIRECT]]);
  const { id: customerId } = await live.createCustomer();
  const email = 'linked@example.com';
  const { verification } = await sendLink(live, { customerId, email, redirectUri: REDIRECT });
  const [, token] = /\/l\/([A-Za-z0-9_-]{92})/.exec((await messageTo(email)).text) ?? [];
  expect((await click(`${gateway.url}/l/${token}`)).location).toBe(`${REDIRECT}?result=true`);
  const uuid = verification?.id.split(':')[1] ?? '';
  const rows = await gateway.sql('select provider, sends from verification_step where verification_id = $1', [uuid]);
  expect(rows).toEqual([{ provider: 'http', sends: 1 }]);
});

test('U4: the notice of a changed address arrives by the next provider, without a try of its own', async () => {
  const { live } = await gateway.workspace();
  const { id: customerId } = await live.createCustomer();
  const attest = (value: string) =>
    live.query<{ attestContactPoint: { contactPoints: { id: string; value: string }[] } }>(
      `mutation ($input: AttestContactPointInput!) { attestContactPoint(input: $input) { contactPoints { id value } } }`,
      { input: { customerId, kind: 'EMAIL', value, attestedBy: 'the post office' } },
    );
  await attest('first@example.com');
  const { body } = await attest('second@example.com');
  const second = body.data?.attestContactPoint.contactPoints.find(({ value }) => value === 'second@example.com');
  await live.query('mutation ($id: ID!) { setPrimaryContactPoint(input: { id: $id }) { email } }', { id: second?.id });
  expect((await messageTo('first@example.com')).text).toContain('was changed');
  const jobs = await gateway.sql<{ retries: number }>(
    `select retry_count as retries from pgboss.job where name = 'contact-notice'`,
  );
  expect(jobs).toEqual([{ retries: 0 }]);
});
