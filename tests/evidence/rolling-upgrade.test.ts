/** Two builds on one database: the older serves while the newer migrates, is replaced by it, and comes back. */
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'vitest';
import { startBalancer } from '../support/balancer.js';
import { createCaller, type Outcome } from '../support/caller.js';
import { createBrowser, newPerson } from '../support/connect.js';
import { evidence, type Measuring } from '../support/evidence.js';
import { createFleet } from '../support/fleet.js';
import { LATER_VERSIONS } from '../support/later-versions.js';
import { codeIn, startMailbox } from '../support/mailbox.js';
import { patchedCopy } from '../support/patched-copy.js';
import { type Running, runGateway } from '../support/processes.js';
import { productionSettings } from '../support/production-settings.js';
import { sharedPostgres } from '../support/shared-postgres.js';
import { waitFor } from '../support/wait-for.js';

const LINES = 4;
/** Codes that each client holds back, so that whatever is replaced has sent some that are confirmed elsewhere. */
const HELD_BACK = 5;
/** Of the first version, and confirmed at the last. */
const OLDEST = 10;

/** A build: of this version where it has no root. */
interface Version {
  readonly place: number;
  readonly root: string | undefined;
}

interface Sent {
  readonly email: string;
  readonly id: string;
  readonly locale: string;
  readonly by: Version;
}

const counts = {
  requests: 0,
  sends: 0,
  migrations: 0,
  upgrades: 0,
  rollbacks: 0,
  again: 0,
  lost: 0,
  unwritten: 0,
  forward: 0,
  back: 0,
  refreshed: 0,
  oldest: 0,
};
const failures: unknown[] = [];

evidence('rolling-upgrade', 'Upgrades and rollbacks under load', async (measuring) => {
  const { size, about, figure } = measuring;
  await using copies = new AsyncDisposableStack();
  // Even where it is not built here, a patch that no longer finds its place is to be known.
  const patched = LATER_VERSIONS.map(({ edits, added }) => copies.use(patchedCopy(edits, added)));
  const later = patched.slice(0, size(patched.length, 1));
  for (const copy of later) await copy.build();
  const versions = [undefined, ...later.map(({ root }) => root)].map((root, place): Version => ({ place, root }));
  const rounds = size(2, 1);
  for (let round = 1; round <= rounds; round += 1) await upgradeAll(versions, `round ${round} of ${rounds}`, measuring);

  const { requests, sends, migrations, upgrades, rollbacks } = counts;
  about(
    `${upgrades} upgrades and ${rollbacks} rollbacks of two processes, one at a time, behind a balancer that asks \`/readyz\`, under ${LINES} clients: ${requests} requests, ${sends} sends. The later versions are copies of this one with patches, each with a migration: a column is added and both are written, the old one is left, the old one is dropped. ${migrations} times one ran while the version before served.`,
  );
  figure('requests that failed', failures.length, '0');
  figure('accepted sends lost', counts.lost, '0');
  figure('mails that came again', counts.again);
  figure('sends of a later version without its column', counts.unwritten, '0');
  figure('codes sent by the older version and confirmed at the newer', counts.forward, 'at least 1');
  figure('codes sent by the newer version and confirmed at the older', counts.back, 'at least 1');
  figure('codes sent by the first version and confirmed at the last', counts.oldest, `${OLDEST * rounds}`);
  figure('sessions refreshed at the other version', counts.refreshed, 'at least 1');
  expect(failures).toEqual([]);
  expect(counts).toMatchObject({ lost: 0, unwritten: 0, oldest: OLDEST * rounds });
  for (const crossed of [counts.forward, counts.back, counts.refreshed]) expect(crossed).toBeGreaterThan(0);
});

/** All versions on a database of their own, one after the other. */
async function upgradeAll(versions: readonly Version[], name: string, { progress }: Measuring): Promise<void> {
  await using mailbox = await startMailbox();
  await using fleet = await createFleet(sharedPostgres(), {
    ...productionSettings(mailbox.url),
    GATEWAY_MIGRATE: 'off',
  });
  await using balancer = startBalancer();
  const versionAt = new Map<string, Version>();
  const startOne = async (version: Version): Promise<Running> => {
    const process = await fleet.start(['serve'], {}, version.root);
    versionAt.set(process.url, version);
    await balancer.add(process);
    return process;
  };
  const [first] = versions as [Version, ...Version[]];
  let processes = [await startOne(first), await startOne(first)];
  const workspace = await fleet.workspace(processes);
  const publishable = await workspace.key({ kind: 'PUBLISHABLE', mode: 'TEST' });

  const next = () => {
    const url = balancer.next();
    counts.requests += 1;
    return { url, version: versionAt.get(url) as Version };
  };
  const accepted: Sent[] = [];
  const send = async (): Promise<Sent> => {
    const { email } = newPerson();
    const customers = next();
    const { id: customerId } = await createCaller(customers.url, workspace.live.key).createCustomer({ email });
    const { url, version } = next();
    const locale = accepted.length % 2 === 0 ? 'en-GB' : 'en-AU';
    // A code that expires while it waits is rightly not sent any more.
    const input = { customerId, locale, timeoutSeconds: 3600 };
    const { verification } = await createCaller(url, workspace.live.key).call<Outcome>('sendEmail', { input });
    if (verification?.locale !== locale) throw new Error(`sent as ${JSON.stringify(verification)}`);
    const sent = { email, id: verification.id, locale, by: version };
    accepted.push(sent);
    if (version.place > 0) {
      const tag = `select to_jsonb(v) ->> 'language_tag' as tag from verification v where id = $1`;
      const [row] = await fleet.sql<{ tag: string | null }>(tag, [verification.id.split(':')[1] as string]);
      if (row?.tag !== locale) counts.unwritten += 1;
    }
    return sent;
  };
  const mailOf = ({ email }: Sent) => mailbox.mailsTo(email)[0];
  const confirm = async (sent: Sent): Promise<Version> => {
    const mail = await waitFor(`the mail to ${sent.email}`, () => mailOf(sent), 60_000);
    const { url, version } = next();
    const input = { verificationId: sent.id, code: codeIn(mail) };
    const { verification } = await createCaller(url, workspace.live.key).call<Outcome>('confirm', { input });
    if (verification?.status !== 'VERIFIED' || verification.locale !== sent.locale)
      throw new Error(`confirmed as ${JSON.stringify(verification)}`);
    return version;
  };

  let isOver = false;
  using _ = {
    [Symbol.dispose]: () => {
      isOver = true;
    },
  };
  const line = async () => {
    const person = newPerson();
    await workspace.test.createCustomer(person);
    const browserAt = (url: string) => createBrowser(url, workspace, 'TEST', publishable);
    let session = await (await browserAt(processes[0]?.url as string)).connect(person.email);
    let startedBy = first;
    const held: Sent[] = [];
    while (!isOver) {
      try {
        held.push(await send());
        const sent = held.length > HELD_BACK ? held.shift() : undefined;
        const at = sent && (await confirm(sent));
        if (sent && at && at.place > sent.by.place) counts.forward += 1;
        if (sent && at && at.place < sent.by.place) counts.back += 1;
        const { url, version } = next();
        session = await (await browserAt(url)).refresh(session.refreshToken);
        if (session.__typename !== 'CustomerSession') throw new Error(`refused: ${session.code}`);
        if (version !== startedBy) counts.refreshed += 1;
        startedBy = version;
      } catch (error) {
        failures.push(error);
      }
    }
  };
  const kept = await Promise.all(Array.from({ length: OLDEST }, send));
  const lines = Array.from({ length: LINES }, line);

  /** Replaces the processes one at a time; those that finish what they have begun are waited for at the end. */
  const replaceAll = async (version: Version) => {
    const ending: Promise<unknown>[] = [];
    for (const old of processes) {
      const fresh = await startOne(version);
      processes = [...processes.filter((process) => process !== old), fresh];
      ending.push(old.end('SIGTERM').then((ended) => expect(ended).toMatchObject({ code: 0, signal: null })));
    }
    await Promise.all(ending);
    progress(`${name}, at version ${version.place}: ${counts.requests} requests, ${failures.length} failed`);
    // So that each has sent something that the other confirms.
    await pause(1_000);
  };
  for (const newer of versions.slice(1)) {
    const older = versions[newer.place - 1] as Version;
    const migrated = await runGateway(['migrate', '--json'], fleet.env, newer.root);
    expect(migrated).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(migrated.stdout)).toMatchObject({ migrations: [expect.any(String)] });
    counts.migrations += 1;
    await replaceAll(newer);
    counts.upgrades += 1;
    await replaceAll(older);
    counts.rollbacks += 1;
    if (versions.length === 2) break;
    await replaceAll(newer);
    counts.upgrades += 1;
    if (newer.place > 1) continue;
    await waitFor(
      'upkeep has moved what the version before wrote',
      async () => (await fleet.sql('select 1 from verification where language_tag is null limit 1')).length === 0,
      90_000,
    );
  }
  isOver = true;
  await Promise.all(lines);
  for (const sent of kept) {
    await confirm(sent);
    counts.oldest += 1;
  }
  // What waits in the queue of a busy machine is late, and not lost: the last mail is the one that none follows.
  let arrived = -1;
  const haveAllArrived = () => accepted.every(mailOf);
  while (arrived < mailbox.mails.length && !haveAllArrived()) {
    arrived = mailbox.mails.length;
    await waitFor('a further mail', () => mailbox.mails.length > arrived || haveAllArrived(), 90_000).catch(() => {});
  }
  counts.sends += accepted.length;
  counts.lost += accepted.filter((sent) => !mailOf(sent)).length;
  counts.again += mailbox.mails.length - new Set(mailbox.mails.map(({ to }) => to[0])).size;
}
