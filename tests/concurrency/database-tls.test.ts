/** Connections to a PostgreSQL that speaks TLS, as `DATABASE_URL` asks for them. */
import { chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, describe, expect, test } from 'vitest';
import { migrateOutbox, openOutbox } from '../../src/delivery/outbox.js';
import { isUnavailable, run } from '../../src/entities/database.js';
import { openStorage } from '../../src/entities/storage.js';
import { deriveKeyRing } from '../../src/kernel/key-ring.js';
import { createLogger } from '../../src/telemetry/logger.js';
import { type Certificate, selfSigned } from '../support/certificate.js';
import { startPostgres } from '../support/postgres.js';
import { unprivilegedAccount } from '../support/postgres-binaries.js';
import { waitFor } from '../support/wait-for.js';

const resources = new AsyncDisposableStack();
afterAll(() => resources.disposeAsync());
// One of our own: an external server has a certificate of its own, or none.
const server = resources.adopt(await startPostgres({ clients: ['postgres'] }), ({ stop }) => stop());
const home = mkdtempSync(join(tmpdir(), 'tls-'));
resources.defer(() => rmSync(home, { recursive: true, force: true }));

function write(name: string, text: string): string {
  const path = join(home, name);
  writeFileSync(path, text, { mode: 0o600 });
  const account = unprivilegedAccount();
  if (account) for (const owned of [home, path]) chownSync(owned, account.uid, account.gid);
  return path;
}
const certify = (name: string, { pem, privateKey }: Certificate) => ({
  certificate: write(`${name}.crt`, pem),
  key: write(`${name}.key`, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()),
});
const own = certify('server', selfSigned('localhost'));
const other = certify('other', selfSigned('localhost'));
const byAddress = certify('address', selfSigned('127.0.0.1'));

const superuser = new pg.Client({ connectionString: server.url });
await superuser.connect();
resources.defer(() => superuser.end());
async function show({ certificate, key }: typeof own) {
  await superuser.query(`alter system set ssl_cert_file = '${certificate}'`);
  await superuser.query(`alter system set ssl_key_file = '${key}'`);
  await superuser.query('alter system set ssl = on');
  await superuser.query('select pg_reload_conf()');
}
await show(own);

const at = (parameters: Record<string, string>, host = 'localhost') => {
  const url = new URL(server.url);
  url.hostname = host;
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
};
const checked = at({ sslmode: 'verify-full', sslrootcert: own.certificate });
const storageAt = (databaseUrl: string, more: object = {}) =>
  openStorage({ databaseUrl, dataDirectory: home, migrate: false, ...more });

const ENCRYPTED = 'select ssl from pg_stat_ssl where pid = pg_backend_pid()';
async function refusalAt(url: string): Promise<unknown> {
  try {
    await using storage = await storageAt(url);
    await run(storage.database.pool, 'select 1');
  } catch (reason) {
    return reason;
  }
  return undefined;
}

describe('eavesdropping: a DATABASE_URL that asks for TLS', () => {
  test('has every connection encrypted, those for statements, lists and the queue', async () => {
    await using storage = await storageAt(checked, { databaseReplicaUrl: checked });
    for (const way of [storage.database.pool, storage.database.lists]) await run(way, 'select 1');
    await storage.database.transaction((transaction) => run(transaction, 'select 1'));
    const place = { orm: storage.orm, location: checked, prepared: true };
    await migrateOutbox(place);
    const noticeKeys = deriveKeyRing(['a secret of thirty-two bytes, or more'], 'notice');
    const options = { ...place, logger: createLogger('silent'), noticeKeys, migrate: false, work: true };
    const outbox = await openOutbox(options);
    const { rows } = await superuser.query(
      `select application_name as name, bool_and(s.ssl) as encrypted from pg_stat_activity a join pg_stat_ssl s using (pid)
       where application_name like 'identity-gateway%' group by 1 order by 1`,
    );
    await outbox.close();
    expect(rows).toEqual([
      { name: 'identity-gateway', encrypted: true },
      { name: 'identity-gateway-queue', encrypted: true },
    ]);
  });

  test('is told nothing where the certificate is none that was asked for, which is an outage', async () => {
    const impostor = at({ sslmode: 'verify-full', sslrootcert: other.certificate });
    const reason = await refusalAt(impostor);
    expect(reason).toMatchObject({ message: expect.stringMatching(/certificate/) });
    expect(isUnavailable(reason)).toBe(true);
  });

  test.each(['prefer', 'require', 'verify-ca'])('has it checked by sslmode=%s too, without a warning', async (mode) => {
    const warnings: Error[] = [];
    const note = (warning: Error) => warnings.push(warning);
    process.on('warning', note);
    await using storage = await storageAt(at({ sslmode: mode, sslrootcert: own.certificate }));
    const [row] = await run(storage.database.pool, ENCRYPTED);
    process.off('warning', note);
    expect({ row, warnings }).toEqual({ row: { ssl: true }, warnings: [] });
    expect(await refusalAt(at({ sslmode: mode }))).toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  });

  test('of an address refuses a certificate for localhost alone, and takes one for the address', async () => {
    const ask = (certificate: string) => at({ sslmode: 'verify-full', sslrootcert: certificate }, '127.0.0.1');
    expect(await refusalAt(ask(own.certificate))).toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    await show(byAddress);
    await waitFor('the server has it', async () => (await refusalAt(ask(byAddress.certificate))) === undefined);
    await show(own);
    await waitFor('the server has the first', async () => (await refusalAt(checked)) === undefined);
  });
});

test('a certificate file that is away for a moment, as while it is rotated, ends no process and no connection', async () => {
  const path = write('rotated.crt', readFileSync(own.certificate, 'utf8'));
  const url = at({ sslmode: 'verify-full', sslrootcert: path });
  await using storage = await storageAt(url);
  rmSync(path);
  const several = Array.from({ length: 5 }, () =>
    run(storage.database.pool, `${ENCRYPTED} and pg_sleep(0.1) is not null`),
  );
  expect(await Promise.all(several)).toEqual(Array(5).fill([{ ssl: true }]));
  await expect(storageAt(url)).rejects.toThrow(path);
});

test('options in the URL stand beside those of the gateway', async () => {
  await using storage = await storageAt(at({ options: '-c work_mem=7MB -c enable_seqscan=on' }), {
    deadlineMs: 30_000,
  });
  const [row] = await run(
    storage.database.pool,
    `select current_setting('work_mem') as memory, current_setting('enable_seqscan') as scans,
            current_setting('plan_cache_mode') as plans, current_setting('statement_timeout') as patience`,
  );
  expect(row).toEqual({ memory: '7MB', scans: 'on', plans: 'force_generic_plan', patience: '29s' });
});
