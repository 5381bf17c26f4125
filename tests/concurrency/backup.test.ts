/**
 * A backup and its restore by the commands of docs/operators.md, and what the page says of both. pg_dump comes with a
 * server of the distribution alone, which on Debian 12 is PostgreSQL 15, the oldest that is promised.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newKeySet } from '../../src/sessions/signing-keys.js';
import { type Caller, createCaller } from '../support/caller.js';
import { createBrowser, newPerson } from '../support/connect.js';
import { expire } from '../support/database-state.js';
import { blockOf } from '../support/document-blocks.js';
import { startEventSink } from '../support/event-sink.js';
import { createFleet } from '../support/fleet.js';
import { dataOf, errorOf } from '../support/graphql-client.js';
import { click, linkIn, sendLink } from '../support/links.js';
import { codeIn, startMailbox } from '../support/mailbox.js';
import { startPostgres } from '../support/postgres.js';
import { type Environment, type Running, runGateway } from '../support/processes.js';
import { instrumentOf, materialize, saved } from '../support/saved-methods.js';
import { secretsIn } from '../support/secrets.js';
import { waitFor } from '../support/wait-for.js';
import { webhooksOf } from '../support/webhooks.js';

const REDIRECT = 'https://app.acme.example/verified';
const SECRET = 'kept in the secret store of the operator';
const INSTRUMENT = 'PI-opaque-77';
/** Sends to one contact of one customer in ten minutes, as GATEWAY_LIMIT_SCALE leaves them. */
const LIMIT = 10;

const [backUp = '', ...restore] = blockOf('docs/operators.md', 'sh', 'Backups').trim().split('\n');

const resources = new AsyncDisposableStack();
afterAll(() => resources.disposeAsync());
const server = await startPostgres({ durable: false, clients: ['pg_dump', 'pg_restore', 'createdb'] });
resources.defer(server.stop);
const workplace = mkdtempSync(join(tmpdir(), 'gateway-backup-'));
resources.defer(() => rmSync(workplace, { recursive: true }));
const mailbox = resources.use(await startMailbox());
const sink = resources.use(await startEventSink());

/** As URLs have them, slashes included: what follows the name of the database must stay, and is no part of it. */
const PARAMETERS = '?sslmode=disable&sslrootcert=/nowhere/ca.pem';

/** The server as the gateway's account reaches it, which is no superuser. */
const asGateway = server.url.replace('postgres@', 'gateway@');
const admin = new pg.Client({ connectionString: server.url });
await admin.connect();
await admin.query('create role gateway login createdb');
await admin.end();
const fleet = resources.use(
  await createFleet(asGateway, {
    GATEWAY_SECRET: SECRET,
    GATEWAY_SIGNING_KEYS: newKeySet(),
    GATEWAY_PUBLIC_URL: 'https://verify.acme.example',
    GATEWAY_LIMIT_SCALE: '0.5',
    SMTP_URL: mailbox.url,
    MAIL_FROM: 'codes@gateway.example',
  }),
);

const bash = (script: string) =>
  promisify(execFile)('bash', ['--norc', '-euo', 'pipefail', '-c', script], {
    cwd: workplace,
    maxBuffer: 2 ** 26,
    env: { PATH: `${server.folder}:${process.env['PATH']}`, DATABASE_URL: `${fleet.env['DATABASE_URL']}${PARAMETERS}` },
  });

/** What a process of the restored database is started with. */
async function restored(name: string): Promise<Environment> {
  await bash(restore.join('\n').replaceAll('gateway_restored', name));
  return { ...fleet.env, DATABASE_URL: asGateway.replace(/[^/]*$/, name) };
}

const mailTo = ({ email }: { email: string }) => waitFor(`mail to ${email}`, () => mailbox.mailsTo(email)[0]);
const viewer = (caller: Caller) => caller.query('{ viewer { kind } }');
const confirm = (caller: Caller, verificationId: string, code: string) =>
  caller.call('confirm', { input: { verificationId, code } });
const wrong = (code: string) => (code === '000000' ? '000001' : '000000');
/** Of one verification, as often as it was told. */
const verifiedEvents = ({ id }: { id: string }) =>
  sink.told.filter(({ type, data }) => type === 'verification.verified' && data['verificationId'] === id);

async function send(caller: Caller) {
  const person = newPerson();
  const { id: customerId } = await caller.createCustomer({ ...person, region: 'FR' });
  const { id } = await caller.sendEmail(customerId);
  return { ...person, customerId, id };
}

/** What there is at the backup, and what happens after it and is lost. */
async function prepare() {
  const before = await fleet.start(['serve']);
  const workspace = await fleet.workspace([before]);
  const { live } = workspace;
  await fleet.sql('update workspace set redirect_uris = $2 where id = $1', [workspace.id, [REDIRECT]]);
  const { secret: webhookSecret, endpoint } = await webhooksOf(live).create({ url: sink.url });
  sink.expect(webhookSecret);
  const sendAndRead = async () => {
    const sent = await send(live);
    return { ...sent, code: codeIn(await mailTo(sent)) };
  };
  const [guessed, confirmedSince, finished] = [await sendAndRead(), await sendAndRead(), await sendAndRead()];
  expect(await confirm(live, guessed.id, wrong(guessed.code))).toMatchObject({ attemptsLeft: 2 });
  const linked = newPerson();
  const { id: linkedId } = await live.createCustomer();
  await sendLink(live, { customerId: linkedId, email: linked.email, redirectUri: REDIRECT });
  const { token } = linkIn(await mailTo(linked));
  const method = await saved(live, { customerId: guessed.customerId, instrumentId: INSTRUMENT });
  const publishable = await workspace.key({ kind: 'PUBLISHABLE' });
  const browserAt = ({ url }: Running) => createBrowser(url, workspace, 'TEST', publishable);
  const connect = async () => {
    const person = newPerson();
    await workspace.test.createCustomer(person);
    return (await browserAt(before)).connect(person.email);
  };
  const [idle, refreshed] = [await connect(), await connect()];
  const deletedSince = await live.createCustomer();
  const revokedSince = await workspace.key({ mode: 'LIVE' });
  const limited = await workspace.test.createCustomer(newPerson());
  for (let sends = 0; sends < LIMIT; sends += 1) await workspace.test.sendEmail(limited.id);
  await before.end();

  // Nobody works the queue: what is asked from here on waits at the moment of the backup.
  const serving = await fleet.start(['serve', '--no-work']);
  const at = createCaller(serving.url, live.key);
  const [expired, waiting] = [await send(at), await send(at)];
  await expire(fleet.sql, expired.id);
  expect(await confirm(at, finished.id, finished.code)).toMatchObject({ __typename: 'VerificationConfirmed' });
  await bash(backUp);

  const working = await fleet.start(['work']);
  await mailTo(waiting);
  const [toldBefore] = await waitFor(
    'it is told',
    () => verifiedEvents(finished).length > 0 && verifiedEvents(finished),
  );
  expect(await confirm(at, guessed.id, wrong(guessed.code))).toMatchObject({ attemptsLeft: 1 });
  expect(await confirm(at, confirmedSince.id, confirmedSince.code)).toMatchObject({ customer: expect.anything() });
  const { refreshToken: successor } = await (await browserAt(serving)).refresh(refreshed.refreshToken);
  dataOf(await at.query(`mutation { deleteCustomer(input: { id: "${deletedSince.id}" }) { id } }`));
  expect(await runGateway(['keys', 'revoke', revokedSince.id], fleet.env)).toMatchObject({ code: 0 });
  const revoked = createCaller(serving.url, revokedSince.secret);
  expect(errorOf(await viewer(revoked))).toMatchObject({ code: 'UNAUTHENTICATED' });
  await Promise.all([serving.end(), working.end()]);
  return {
    ...{ workspace, live, endpoint, webhookSecret, browserAt, method, token, idle, successor, toldBefore },
    ...{ guessed, confirmedSince, finished, waiting, expired, limited, deletedSince, revokedSince },
  };
}
let was: Awaited<ReturnType<typeof prepare>>;
beforeAll(async () => {
  was = await prepare();
}, 240_000);

test('attack: whoever has the dump alone reads no secret, key, instrument or token in it', async () => {
  const { stdout } = await bash('pg_restore --file=- gateway.dump');
  expect(stdout).toContain(was.guessed.email);
  const { live, webhookSecret, idle, token: link } = was;
  const secrets = { SECRET, key: live.key, webhookSecret, INSTRUMENT, refreshToken: idle.refreshToken, link };
  expect(secretsIn(stdout, new Map(Object.entries(secrets)))).toEqual([]);
  for (const token of [idle.refreshToken, link])
    expect(stdout).not.toContain(Buffer.from(token, 'base64url').toString('hex'));
});

describe('restored, with the GATEWAY_SECRET that was kept elsewhere,', () => {
  let env: Environment;
  let gateway: Running;
  let live: Caller;
  beforeAll(async () => {
    env = await restored('gateway_restored');
    expect(await runGateway(['migrate', '--check', '--json'], env)).toMatchObject({
      code: 0,
      stdout: `${JSON.stringify({ migrations: [], upToDate: true })}\n`,
    });
    expect(await runGateway(['migrate'], env)).toMatchObject({ code: 0, stdout: 'Ran: none.\n' });
    gateway = await fleet.start(['serve'], env);
    live = createCaller(gateway.url, was.live.key);
  });
  afterAll(() => gateway?.end());

  test('doctor finds nothing wrong with it, and secrets status nothing lost', async () => {
    const { code, stdout } = await runGateway(['doctor'], env);
    expect({ code, wrong: stdout.split('\n').filter((line) => line && !line.startsWith('ok ')) }).toEqual({
      code: 0,
      wrong: [],
    });
    expect(await runGateway(['secrets', 'status'], env)).toMatchObject({ code: 0 });
  });

  test('a code and a link that were mailed before the backup are good, with the attempts that were left then', async () => {
    const { guessed, token } = was;
    expect(await confirm(live, guessed.id, wrong(guessed.code))).toMatchObject({ attemptsLeft: 1 });
    expect(await confirm(live, guessed.id, guessed.code)).toMatchObject({ __typename: 'VerificationConfirmed' });
    expect(await click(`${gateway.url}/l/${token}`)).toMatchObject({ location: `${REDIRECT}?result=true` });
  });

  test('a message that waited is sent, and its code is good; not that of a verification which has expired', async () => {
    const { waiting, expired } = was;
    // Once by the worker that there was after the backup.
    const mail = await waitFor('it is sent', () => mailbox.mailsTo(waiting.email)[1]);
    expect(await confirm(live, waiting.id, codeIn(mail))).toMatchObject({ __typename: 'VerificationConfirmed' });
    expect(mailbox.recipients).not.toContain(expired.email);
  });

  test('a session that was not refreshed since is refreshed; one that was has ended for whoever holds its newest token', async () => {
    const browser = await was.browserAt(gateway);
    expect(await browser.refresh(was.idle.refreshToken)).toMatchObject({ __typename: 'CustomerSession' });
    expect(await browser.refresh(was.successor)).toMatchObject({ __typename: 'Refused', code: 'SESSION_ENDED' });
  });

  test('a saved instrument opens', async () => {
    expect(await instrumentOf(live, was.method.id, 'shop-a')).toBe(INSTRUMENT);
  });

  test('events are signed with the same secret, and one that was told since comes again with its webhook-id', async () => {
    const again = await waitFor('it is told again', () => verifiedEvents(was.finished)[1]);
    expect(again).toEqual(was.toldBefore);
  });

  test('what was verified, deleted or revoked since is undone', async () => {
    const { confirmedSince, deletedSince, revokedSince } = was;
    expect(await live.call('customer', { id: confirmedSince.customerId })).toMatchObject({
      contactVerification: { email: 'PENDING' },
    });
    expect(await live.call('customer', { id: deletedSince.id })).toMatchObject({ id: deletedSince.id });
    expect((await viewer(createCaller(gateway.url, revokedSince.secret))).status).toBe(200);
  });

  test('a limit that was spent before the backup is spent', async () => {
    const { limited, workspace } = was;
    const caller = createCaller(gateway.url, workspace.test.key);
    const sends = caller.call('sendEmail', { input: { customerId: limited.id } });
    await expect(sends).rejects.toThrow(/RATE_LIMITED/);
    await send(caller);
  });

  test('a second restore into it is refused as a whole', async () => {
    await expect(bash(restore.at(-1) as string)).rejects.toThrow(/already exists/);
    expect(await live.call('customer', { id: was.guessed.customerId })).toMatchObject({ id: was.guessed.customerId });
  });
});

describe('restored without its GATEWAY_SECRET', () => {
  let env: Environment;
  let gateway: Running;
  let live: Caller;
  beforeAll(async () => {
    env = { ...(await restored('gateway_without_secret')), GATEWAY_SECRET: 'another secret than that of the backup' };
    gateway = await fleet.start(['serve'], env);
    live = createCaller(gateway.url, was.live.key);
  });

  test('secrets status exits with 1 and counts what is lost, where doctor sees nothing', async () => {
    const { code, stdout } = await runGateway(['secrets', 'status', '--json'], env);
    const { lost } = JSON.parse(stdout) as { lost: { kind: string }[] };
    expect({ code, lost: lost.map(({ kind }) => kind) }).toEqual({
      code: 1,
      lost: ['instruments', 'webhookSecrets', 'codes', 'links'],
    });
    expect(await runGateway(['doctor'], env)).toMatchObject({ code: 0 });
  });

  test('codes, links and instruments are lost, and a message that waited is not sent', async () => {
    const { guessed, token, method, waiting } = was;
    await expect(confirm(live, guessed.id, guessed.code)).rejects.toThrow(/INTERNAL_SERVER_ERROR/);
    expect(await click(`${gateway.url}/l/${token}`)).toMatchObject({ status: 404 });
    expect(errorOf(await materialize(live, method.id, 'shop-a'))).toMatchObject({ code: 'INTERNAL_SERVER_ERROR' });
    const sent = mailbox.mailsTo(waiting.email).length;
    await waitFor('it is given up', () => gateway.stderr().includes('"msg":"not delivered"'));
    expect(mailbox.mailsTo(waiting.email)).toHaveLength(sent);
  });

  test('keys, sessions and what was verified go on', async () => {
    expect((await viewer(live)).status).toBe(200);
    const browser = await was.browserAt(gateway);
    expect(await browser.refresh(was.idle.refreshToken)).toMatchObject({ __typename: 'CustomerSession' });
    expect(await live.call('customer', { id: was.finished.customerId })).toMatchObject({
      contactVerification: { email: 'VERIFIED' },
    });
  });

  test('events wait until the secret of their endpoint is rotated without an overlap', async () => {
    await waitFor('it cannot be signed', () => gateway.stderr().includes('could not be signed'));
    const told = sink.told.length;
    const rotated = await webhooksOf(live).rotate({ id: was.endpoint.id, overlapSeconds: 0 });
    expect(sink.told).toHaveLength(told);
    sink.expect(rotated.secret);
    // The pause before the third attempt is 45 seconds.
    await waitFor('it is told', () => sink.told.slice(told).some(({ id }) => id === was.toldBefore?.id), 90_000);
  });
});
