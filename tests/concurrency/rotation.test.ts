/** A rotation of GATEWAY_SECRET, as docs/operators.md tells it, between what was sent and what is done with it. */
import { afterAll, expect, test } from 'vitest';
import { createCaller } from '../support/caller.js';
import { createBrowser, newPerson } from '../support/connect.js';
import { createFleet } from '../support/fleet.js';
import { click, linkIn, sendLink } from '../support/links.js';
import { codeIn, startMailbox } from '../support/mailbox.js';
import { type Running, runGateway } from '../support/processes.js';
import { instrumentOf, saved } from '../support/saved-methods.js';
import { sharedPostgres } from '../support/shared-postgres.js';
import { waitFor } from '../support/wait-for.js';
import { webhooksOf } from '../support/webhooks.js';

/** What a command answers, run with the secrets of a process. */
async function ask<Answer>(args: readonly string[], env: Record<string, string> = {}): Promise<Answer> {
  const { stdout, stderr } = await runGateway([...args, '--json'], env);
  expect(stderr).toBe('');
  return JSON.parse(stdout) as Answer;
}

const createSecret = async () => (await ask<{ secret: string }>(['secrets', 'create'])).secret;
const [OLD, NEW] = [await createSecret(), await createSecret()];
const REDIRECT = 'https://app.acme.example/verified';

const mailbox = await startMailbox();
const fleet = await createFleet(sharedPostgres(), {
  SMTP_URL: mailbox.url,
  MAIL_FROM: 'codes@gateway.example',
  GATEWAY_PUBLIC_URL: 'https://verify.acme.example',
});
afterAll(async () => {
  await fleet[Symbol.asyncDispose]();
  await mailbox[Symbol.asyncDispose]();
});
const start = (...secrets: string[]) => fleet.start(['serve'], { GATEWAY_SECRET: secrets.join() });
const startServing = (...secrets: string[]) => fleet.start(['serve', '--no-work'], { GATEWAY_SECRET: secrets.join() });

/** What is under way at `before`, and how it ends at `after`. */
async function across(before: Running, after: Running) {
  const workspace = await fleet.workspace([before]);
  await fleet.sql('update workspace set redirect_uris = $2 where id = $1', [workspace.id, [REDIRECT]]);
  const [code, link] = [newPerson(), newPerson()];
  const { live } = workspace;
  const moved = createCaller(after.url, live.key);
  const mailTo = ({ email }: { email: string }) => waitFor(`mail to ${email}`, () => mailbox.mailsTo(email)[0]);

  const ada = await live.createCustomer({ email: code.email });
  const { id: verificationId } = await live.sendEmail(ada.id);
  const grace = await live.createCustomer();
  await sendLink(live, { customerId: grace.id, email: link.email, redirectUri: REDIRECT });
  const method = await saved(live, { customerId: ada.id, instrumentId: 'PI77' });
  const person = newPerson();
  await workspace.test.createCustomer(person);
  const key = await workspace.key({ kind: 'PUBLISHABLE' });
  const [here, there] = await Promise.all([before, after].map(({ url }) => createBrowser(url, workspace, 'TEST', key)));
  const session = await here?.connect(person.email);
  const mails = { code: codeIn(await mailTo(code)), token: linkIn(await mailTo(link)).token };

  return {
    code: (await moved.call('confirm', { input: { verificationId, code: mails.code } })).__typename,
    link: (await click(`${after.url}/l/${mails.token}`)).location,
    session: (await there?.refresh(session?.refreshToken as string))?.__typename,
    instrument: await instrumentOf(moved, method.id, 'shop-a'),
  };
}

const KEPT = {
  code: 'VerificationConfirmed',
  link: `${REDIRECT}?result=true`,
  session: 'CustomerSession',
  instrument: 'PI77',
};

test('codes, links, refresh tokens and instruments outlive each step of a rotation, in either direction while it rolls', async () => {
  const [old, both, moved] = await Promise.all([start(OLD), start(OLD, NEW), start(NEW, OLD)]);
  // A process at each step beside one at the step before it, which is what a rolling restart is.
  expect(await across(old, both)).toEqual(KEPT);
  expect(await across(both, old)).toEqual(KEPT);
  // Restarted by now. It would take jobs of the new secret off the queue, only to try them again later.
  await old.end();
  expect(await across(both, moved)).toEqual(KEPT);
  expect(await across(moved, both)).toEqual(KEPT);
  await Promise.all([both.end(), moved.end()]);
});

test('a new secret that is put first at once, without the step before it, is unknown to processes still to be restarted', async () => {
  // The queue is worked by the one that knows both: the other could only try again until that one comes by.
  const [old, moved] = await Promise.all([startServing(OLD), start(NEW, OLD)]);
  expect(await across(old, moved)).toEqual(KEPT);
  await expect(across(moved, old)).rejects.toThrow(/INTERNAL_SERVER_ERROR/);
});

interface Status {
  secrets: { rows: Record<string, number>; removable: boolean }[];
  lost: object[];
}

test('an older secret goes once `secrets status` calls it removable, and all that was under it goes on without it', async () => {
  const status = (...secrets: string[]) =>
    ask<Status>(['secrets', 'status'], { ...fleet.env, GATEWAY_SECRET: secrets.join() });
  const before = await start(OLD);
  const workspace = await fleet.workspace([before]);
  const { id: customerId } = await workspace.live.createCustomer();
  const method = await saved(workspace.live, { customerId, instrumentId: 'PI77' });
  const { endpoint } = await webhooksOf(workspace.live).create({ url: 'https://receiver.example/hooks' });
  await webhooksOf(workspace.live).rotate({ id: endpoint.id });
  await before.end();
  const [, older] = (await status(NEW, OLD)).secrets;
  expect(older).toMatchObject({ rows: { webhookSecrets: 1, previousWebhookSecrets: 1 }, removable: false });
  expect((await status(NEW)).lost).not.toEqual([]);

  const during = await start(NEW, OLD);
  // An hour later, as far as codes and links can tell.
  await fleet.sql(`update verification set expires_at = now() - interval '1 second'`);
  const isRemovable = async () => (await status(NEW, OLD)).secrets[1]?.removable;
  await waitFor('workers have moved what lasts', isRemovable, 90_000);
  await during.end();

  expect(await status(NEW)).toMatchObject({ lost: [], secrets: [{ rows: { webhookSecrets: 1 } }] });
  const after = await start(NEW);
  expect(await instrumentOf(createCaller(after.url, workspace.live.key), method.id, 'shop-a')).toBe('PI77');
}, 180_000);
