/** What a page that follows the inbox is told, and what the inbox does when something is not as it was. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../support/harness.js';
import { type InboxEntry, openInbox } from '../support/inbox.js';
import { sendLink } from '../support/links.js';
import { startMailbox } from '../support/mailbox.js';
import { waitFor } from '../support/wait-for.js';

const mailbox = await startMailbox();
let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({ env: { SMTP_URL: mailbox.url, MAIL_FROM: 'codes@gateway.example' } });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await mailbox[Symbol.asyncDispose]();
});

interface Update {
  ids: string[];
  changed: InboxEntry[];
}

/** The line of an inbox: each event as it comes, and whether the gateway has ended it. */
async function follow(inbox: Awaited<ReturnType<typeof openInbox>>) {
  const leaving = new AbortController();
  const response = await inbox.get('/inbox/events', { signal: leaving.signal });
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  let said = '';
  let hasEnded = false;
  const ended = (async () => {
    for await (const chunk of response.body ?? []) said += Buffer.from(chunk).toString();
    hasEnded = true;
  })().catch(() => {});
  const updates = () => [...said.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => JSON.parse(data) as Update);
  return {
    updates,
    hasEnded: () => hasEnded,
    /** The first event that tells of a message to this recipient. */
    update: (to: string) =>
      waitFor(`an event about ${to}`, () => updates().find(({ changed }) => changed.some((each) => each.to === to))),
    [Symbol.asyncDispose]: async () => {
      leaving.abort();
      await ended;
    },
  };
}

const mailTo = async ({ test: caller }: Awaited<ReturnType<TestGateway['workspace']>>, email: string) =>
  caller.sendEmail((await caller.createCustomer()).id, { email });

test('attack: pages that leave as they come take nobody’s place', async () => {
  const workspace = await gateway.workspace();
  const inbox = await openInbox(gateway.url, { key: workspace.test.key });
  for (let page = 0; page < 60; page += 1) {
    const leaving = new AbortController();
    const left = inbox.get('/inbox/events', { signal: leaving.signal }).catch(() => {});
    setTimeout(() => leaving.abort(), page % 6);
    await left;
  }
  await using line = await follow(inbox);
  await mailTo(workspace, 'after@example.com');
  await line.update('after@example.com');
});

test('denial of service: a workspace that opens page after page takes the place of no other workspace', async () => {
  const [busy, other] = await Promise.all([gateway.workspace(), gateway.workspace()]);
  const inbox = await openInbox(gateway.url, { key: busy.test.key });
  await using pages = new AsyncDisposableStack();
  for (let page = 0; page < 20; page += 1) pages.use(await follow(inbox));
  const refused = await inbox.get('/inbox/events');
  expect(refused.status).toBe(503);
  expect(await refused.json()).toMatchObject({ errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }] });
  await using line = await follow(await openInbox(gateway.url, { key: other.test.key }));
  await mailTo(other, 'mine@example.com');
  await line.update('mine@example.com');
});

describe('a page that follows is told', () => {
  test('all messages at first, and then those alone that are new or changed', async () => {
    const workspace = await gateway.workspace();
    const inbox = await openInbox(gateway.url, { key: workspace.test.key });
    await mailTo(workspace, 'before@example.com');
    await inbox.messageTo('before@example.com');
    await using line = await follow(inbox);
    const first = await line.update('before@example.com');
    expect(first).toEqual({ ids: [expect.any(String)], changed: await inbox.read() });
    await mailTo(workspace, 'after@example.com');
    const second = await line.update('after@example.com');
    expect(second.ids).toEqual([expect.any(String), ...first.ids]);
    expect(second.changed.map(({ to }) => to)).toEqual(['after@example.com']);
    await gateway.sql("update workspace set app_name = 'Renamed' where id = $1", [workspace.id]);
    const renamed = () => line.updates().find(({ changed }) => changed[0]?.subject.includes('Renamed'));
    expect((await waitFor('both under the new name', renamed)).changed).toHaveLength(2);
    await inbox.get('/inbox/messages', { method: 'DELETE' });
    await waitFor('an empty list', () => line.updates().at(-1)?.ids.length === 0);
  });

  test('nothing more once its key was revoked: whoever copied one reads on for seconds, not for hours', async () => {
    const workspace = await gateway.workspace();
    const key = await workspace.key();
    await using line = await follow(await openInbox(gateway.url, { key: key.secret }));
    await mailTo(workspace, 'seen@example.com');
    await line.update('seen@example.com');
    await gateway.sql('update api_key set revoked_at = now() where id = $1', [key.id]);
    await waitFor('the end of the line', line.hasEnded);
  });
});

test('a message of live mode is in no inbox, though it was sent', async () => {
  const workspace = await gateway.workspace();
  const { id } = await workspace.live.createCustomer();
  await workspace.live.sendEmail(id, { email: 'live@example.com' });
  await waitFor('the mail', () => mailbox.mailsTo('live@example.com').length === 1);
  await mailTo(workspace, 'test@example.com');
  const inbox = await openInbox(gateway.url, { key: workspace.test.key });
  await inbox.messageTo('test@example.com');
  expect((await inbox.read()).map(({ to }) => to)).toEqual(['test@example.com']);
  const [live] = await gateway.sql<{ id: string }>(
    "select id from verification where workspace_id = $1 and mode = 'LIVE'",
    [workspace.id],
  );
  expect((await inbox.get(`/inbox/messages/${live?.id}.0.1/html`)).status).toBe(404);
});

test('an email is shown to its own workspace alone, and what is the id of none is NOT_FOUND', async () => {
  const [workspace, other] = [await gateway.workspace(), await gateway.workspace()];
  await mailTo(workspace, 'mine@example.com');
  const inbox = await openInbox(gateway.url, { key: workspace.test.key });
  const { id, html } = await inbox.messageTo('mine@example.com');
  expect((await inbox.get(html as string)).status).toBe(200);
  const theirs = await openInbox(gateway.url, { key: other.test.key });
  expect((await theirs.get(html as string)).status).toBe(404);
  const [verification = ''] = id.split('.');
  for (const none of [
    'x',
    '.',
    `${verification}.0.2`,
    `${verification}.9.1`,
    `${verification}.99999.1`,
    `${id}.1`,
    "'",
  ])
    expect((await inbox.get(`/inbox/messages/${encodeURIComponent(none)}/html`)).status, none).toBe(404);
});

test('a link whose secret is gone says so, and hides no other message', async () => {
  const workspace = await gateway.workspace();
  const redirectUri = 'https://app.acme.example/verified';
  await gateway.sql('update workspace set redirect_uris = $2 where id = $1', [workspace.id, [redirectUri]]);
  const { id: customerId } = await workspace.test.createCustomer();
  await sendLink(workspace.test, { customerId, email: 'linked@example.com', redirectUri });
  await mailTo(workspace, 'coded@example.com');
  const inbox = await openInbox(gateway.url, { key: workspace.test.key });
  expect((await inbox.messageTo('linked@example.com')).link).toContain('/l/');
  await inbox.messageTo('coded@example.com');
  await gateway.sql("update verification set code_key_id = 'gone' where workspace_id = $1", [workspace.id]);
  const [coded, linked] = await inbox.read();
  expect(coded).toMatchObject({ to: 'coded@example.com', code: '123456' });
  expect(linked).toMatchObject({ link: null, text: '', failureReason: expect.stringContaining('not configured') });
});
