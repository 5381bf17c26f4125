/** Sessions raced by many callers at several processes on one PostgreSQL. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newKeySet } from '../../src/sessions/signing-keys.js';
import { type Browser, createBrowser, newPerson, type SessionView } from '../support/connect.js';
import { createFleet } from '../support/fleet.js';
import { postGraphql } from '../support/graphql-client.js';
import { inTurns } from '../support/in-turns.js';
import { type Running, runGateway } from '../support/processes.js';
import { sharedPostgres } from '../support/shared-postgres.js';
import { claimsOf, headerOf } from '../support/tokens.js';
import { waitFor } from '../support/wait-for.js';
import type { TestWorkspace } from '../support/workspace.js';

const LANES = 16;
const fleet = await createFleet(sharedPostgres(), {
  GATEWAY_PUBLIC_URL: 'https://id.example.com',
  GATEWAY_SIGNING_KEYS: newKeySet(),
  GATEWAY_LIMIT_SCALE: '100000',
});
afterAll(() => fleet[Symbol.asyncDispose]());

let processes: Running[];
let workspace: TestWorkspace;
let browser: Browser;
beforeAll(async () => {
  processes = await Promise.all([fleet.start(['serve', '--no-work']), fleet.start(['serve', '--no-work'])]);
  workspace = await fleet.workspace(processes);
  browser = await createBrowser(
    processes.map(({ url }) => url),
    workspace,
  );
});

async function enroll(): Promise<string> {
  const person = newPerson();
  await workspace.test.createCustomer(person);
  return person.email;
}
const isGood = async (at: Running, token: string) =>
  (await postGraphql(at.url, '{ viewer { mode } }', {}, { key: token })).status === 200;
const sessionIdOf = ({ accessToken }: SessionView) => String(claimsOf(accessToken)['jti']).split('.')[0] as string;

test('K3: of a hundred refreshes of one token at once, one family line survives', async () => {
  const first = await browser.connect(await enroll());
  const answers = await Promise.all(Array.from({ length: 100 }, () => browser.refresh(first.refreshToken)));
  expect(new Set(answers.map(({ __typename }) => __typename))).toEqual(new Set(['CustomerSession']));
  expect(new Set(answers.map(({ refreshToken }) => refreshToken)).size).toBe(1);
  const tokens = await fleet.sql('select from refresh_token where session_id = $1', [sessionIdOf(first)]);
  expect(tokens).toHaveLength(2);
});

test('K3: in a thousand races of reuse against refresh, nothing is refreshed once the reuse was answered', async () => {
  const emails = await Promise.all(Array.from({ length: LANES }, enroll));
  const free = [...emails];
  let races = 0;
  const late: string[] = [];
  await inTurns(
    LANES,
    Array.from({ length: 1_000 }, () => async () => {
      const email = free.pop() as string;
      const first = await browser.connect(email);
      free.push(email);
      let newest = await browser.refresh(first.refreshToken);
      await fleet.sql(
        `update refresh_token set spent_at = now() - interval '1 minute' where spent_at is not null and session_id = $1`,
        [sessionIdOf(first)],
      );
      let isAnswered = false;
      const reuse = browser.refresh(first.refreshToken).then((answer) => {
        isAnswered = true;
        expect(answer.code).toBe('SESSION_ENDED');
      });
      for (let accepted = true; accepted; ) {
        const wasAnswered = isAnswered;
        const next = await browser.refresh(newest.refreshToken);
        accepted = next.__typename === 'CustomerSession';
        if (accepted && wasAnswered) late.push(sessionIdOf(first));
        if (accepted) newest = next;
      }
      await reuse;
      if ((await browser.refresh(newest.refreshToken)).code !== 'SESSION_ENDED') late.push(sessionIdOf(first));
      if (await isGood(processes[races % 2] as Running, newest.accessToken)) late.push(sessionIdOf(first));
      races += 1;
    }),
  );
  expect({ races, late }).toEqual({ races: 1_000, late: [] });
  const events = await fleet.sql(`select from audit_event where action = 'session.reuse_detected'`);
  expect(events).toHaveLength(1_000);
}, 300_000);

test('a refresh that meets the end of its family waits for it, and is refused', async () => {
  const first = await browser.connect(await enroll());
  const ending = new pg.Client({ connectionString: fleet.env['DATABASE_URL'] });
  await ending.connect();
  try {
    await ending.query('begin');
    await ending.query(`update session set ended_at = now(), end_reason = 'REUSE' where id = $1`, [sessionIdOf(first)]);
    let answered = false;
    const refresh = browser.refresh(first.refreshToken).finally(() => {
      answered = true;
    });
    const waits = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    await waitFor('it waits', async () => answered || (await fleet.sql(waits)).length > 0);
    expect(answered).toBe(false);
    await ending.query('commit');
    expect(await refresh).toMatchObject({ code: 'SESSION_ENDED' });
  } finally {
    await ending.end();
  }
});

test('C6: of a hundred right codes at once, one starts a session', async () => {
  const email = await enroll();
  await browser.send(email);
  const answers = await Promise.all(Array.from({ length: 100 }, () => browser.confirm({ email, code: '123456' })));
  const started = answers.filter(({ __typename }) => __typename === 'CustomerSession');
  expect(started).toHaveLength(1);
  expect(await fleet.sql('select from session where id = $1', [sessionIdOf(started[0] as SessionView)])).toHaveLength(
    1,
  );
});

test('of two customers with one phone who prove it at once, one is started and the other left as they were', async () => {
  for (let round = 0; round < 20; round += 1) {
    const { phone } = newPerson();
    const people = [newPerson().email, newPerson().email];
    for (const email of people) {
      await workspace.test.createCustomer({ email, phone });
      expect(await browser.asks(email)).toBe(true);
    }
    const answers = await Promise.all(people.map((email) => browser.confirm({ email, code: '123456' })));
    expect(answers.map(({ __typename }) => __typename).sort()).toEqual(['CustomerSession', 'Refused']);
  }
});

describe('K4: keys rotate without a dropped token', () => {
  const directory = mkdtempSync(join(tmpdir(), 'signing-keys-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'signing-keys.json');
  /** Takes a step, and starts the first process after it. */
  const startAfter = async (step?: 'add' | 'promote' | 'retire') => {
    if (step === undefined) writeFileSync(file, newKeySet(), { mode: 0o600 });
    else expect(await runGateway(['signing-keys', step, '--file', file])).toMatchObject({ code: 0, stderr: '' });
    return fleet.start(['serve', '--no-work'], { GATEWAY_SIGNING_KEYS: file });
  };
  const from = async ({ url }: Running) => (await createBrowser(url, workspace)).connect(await enroll());

  test('published first, signing next, gone last: what was issued before is good at every process all the way', async () => {
    const before = await startAfter();
    const published = await startAfter('add');
    const signing = await startAfter('promote');
    const issued = [await from(before), await from(published), await from(signing)];
    const kids = issued.map(({ accessToken }) => headerOf(accessToken).kid);
    expect(kids[0]).toBe(kids[1]);
    expect(kids[2]).not.toBe(kids[1]);
    // A process that is still to be restarted is one stage behind, and knows every key that signs by then.
    for (const { accessToken } of issued.slice(0, 2)) expect(await isGood(before, accessToken)).toBe(true);
    for (const { accessToken } of issued) {
      expect(await isGood(published, accessToken)).toBe(true);
      expect(await isGood(signing, accessToken)).toBe(true);
    }
    const jwks = (await (await fetch(`${published.url}/.well-known/jwks.json`)).json()) as JSONWebKeySet;
    for (const { accessToken, idToken } of issued) {
      await jwtVerify(accessToken, createLocalJWKSet(jwks));
      await jwtVerify(idToken, createLocalJWKSet(jwks));
    }
    // By now what the old key signed has expired; had it not, it would be refused.
    const alone = await startAfter('retire');
    const last = await from(alone);
    expect(headerOf(last.accessToken).kid).toBe(kids[2]);
    for (const { accessToken } of [issued[2] as SessionView, last])
      for (const process of [published, signing, alone]) expect(await isGood(process, accessToken)).toBe(true);
    expect(await isGood(alone, issued[0]?.accessToken as string)).toBe(false);
  });
});
