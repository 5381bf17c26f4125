/** Refresh tokens: used once, in one line, and for 30 minutes from the proof. */

import { afterAll, describe, expect, test } from 'vitest';
import { CONNECT, createBrowser, type SessionView } from '../support/connect.js';
import { dump } from '../support/database-state.js';
import { startEnrolled } from '../support/enrolled.js';
import { errorOf } from '../support/graphql-client.js';
import { startGateway } from '../support/harness.js';
import { claimsOf } from '../support/tokens.js';

const gateway = await startGateway({ env: { TRUSTED_PROXIES: '127.0.0.1' }, work: false });
afterAll(() => gateway[Symbol.asyncDispose]());

const { workspace, browser, enroll, start } = await startEnrolled(gateway);
const ENDED = {
  __typename: 'Refused',
  code: 'SESSION_ENDED',
  message: 'The session has ended.',
  retryAfterSeconds: null,
};
const isGood = async ({ accessToken }: SessionView) =>
  (await gateway.query('{ viewer { mode } }', {}, { key: accessToken })).status === 200;
const idOf = ({ accessToken }: SessionView) => String(claimsOf(accessToken)['jti']).split('.')[0] as string;

/** Moves everything that happened to a session into the past. */
const age = async (session: SessionView, seconds: number) => {
  const interval = `interval '${seconds} seconds'`;
  await gateway.sql(
    `update session set proved_at = proved_at - ${interval}, refreshable_until = refreshable_until - ${interval} where id = $1`,
    [idOf(session)],
  );
  await gateway.sql(`update refresh_token set spent_at = spent_at - ${interval} where session_id = $1`, [
    idOf(session),
  ]);
};
/** Ends the time in which a session can be refreshed, and changes nothing else. */
const lapse = (session: SessionView) =>
  gateway.sql('update session set refreshable_until = now() where id = $1', [idOf(session)]);
const reuses = () =>
  gateway.sql(
    `select actor_kind, actor_id, object_type, details::text from audit_event where action = 'session.reuse_detected' order by id`,
  );

describe('a refresh', () => {
  test('K3: gives new tokens of the same session, for the customer as they are now', async () => {
    const first = await start({ sessionId: 'embed-1', nonce: 'n-1' });
    await workspace.test.query('mutation ($i: AttestContactPointInput!) { attestContactPoint(input: $i) { id } }', {
      i: { customerId: first.customer.id, kind: 'EMAIL', value: first.customer.email, attestedBy: 'shop' },
    });
    const second = await browser.refresh(first.refreshToken);
    expect(second).toMatchObject({
      __typename: 'CustomerSession',
      sessionId: 'embed-1',
      refreshableUntil: first.refreshableUntil,
      customer: { id: first.customer.id },
    });
    expect(idOf(second)).toBe(idOf(first));
    expect(second.refreshToken).not.toBe(first.refreshToken);
    expect(claimsOf(second.accessToken)['jti']).not.toBe(claimsOf(first.accessToken)['jti']);
    expect(claimsOf(second.accessToken)['session_id']).toBe('embed-1');
    const { email_verified, auth_time, nonce } = claimsOf(second.idToken);
    expect({ email_verified, auth_time, nonce }).toEqual({
      email_verified: true,
      auth_time: claimsOf(first.idToken)['auth_time'],
      nonce: undefined,
    });
    expect(await isGood(first)).toBe(true);
    expect(await isGood(second)).toBe(true);
  });

  test('K3: goes on in a line of any length, and no longer than 30 minutes from the proof', async () => {
    let session = await start();
    const proved = (claimsOf(session.idToken)['auth_time'] as number) * 1000;
    expect(Math.abs(Date.parse(session.refreshableUntil) - proved - 1_800_000)).toBeLessThanOrEqual(1_000);
    for (let minutes = 5; minutes < 30; minutes += 5) {
      await age(session, 300);
      session = await browser.refresh(session.refreshToken);
      expect(session.__typename).toBe('CustomerSession');
    }
    await age(session, 300);
    expect(await browser.refresh(session.refreshToken)).toEqual(ENDED);
    expect(await reuses()).toEqual([]);
  });

  test('whose answer was lost is asked for again within ten seconds, and gives the same successor', async () => {
    const { refreshToken } = await start();
    const second = await browser.refresh(refreshToken);
    const again = await browser.refresh(refreshToken);
    expect(again.refreshToken).toBe(second.refreshToken);
    expect((await browser.refresh(again.refreshToken)).__typename).toBe('CustomerSession');
  });

  test('nothing of a refresh token is in the database or the log in clear', async () => {
    const first = await start();
    const second = await browser.refresh(first.refreshToken);
    const everything = `${await dump(gateway.sql)}\n${gateway.logs.join('\n')}`;
    for (const { refreshToken, accessToken, idToken } of [first, second]) {
      for (const token of [refreshToken, accessToken, idToken]) {
        expect(everything).not.toContain(token);
        expect(everything).not.toContain(Buffer.from(token, 'base64url').toString('hex'));
      }
    }
  });
});

describe('the reuse of a spent token', () => {
  test('K3: after the grace ends the whole family at once, and is in the audit log', async () => {
    const first = await start();
    const second = await browser.refresh(first.refreshToken);
    const before = await reuses();
    await age(first, 11);
    expect(await browser.refresh(first.refreshToken)).toEqual(ENDED);
    expect(await browser.refresh(second.refreshToken)).toEqual(ENDED);
    expect(await browser.refresh(first.refreshToken), 'told once, however often it comes').toEqual(ENDED);
    expect(await isGood(second)).toBe(false);
    expect(await isGood(first)).toBe(false);
    const events = (await reuses()).slice(before.length);
    expect(events).toEqual([
      {
        actor_kind: 'CUSTOMER_SESSION',
        actor_id: first.customer.id,
        object_type: 'Customer',
        details: expect.stringContaining(idOf(first)),
      },
    ]);
    expect(JSON.stringify(events)).not.toContain(first.refreshToken);
  });

  test('within the grace too, once somebody has used the successor: the answer was not lost', async () => {
    const first = await start();
    const second = await browser.refresh(first.refreshToken);
    const third = await browser.refresh(second.refreshToken);
    expect(await browser.refresh(first.refreshToken)).toEqual(ENDED);
    expect(await browser.refresh(third.refreshToken)).toEqual(ENDED);
  });

  test('is not told of an answer that was lost where the 30 minutes ended within the grace, but is after it', async () => {
    const first = await start();
    const second = await browser.refresh(first.refreshToken);
    await lapse(first);
    const before = await reuses();
    expect(await browser.refresh(first.refreshToken)).toEqual(ENDED);
    expect(await reuses()).toEqual(before);
    expect(await isGood(second)).toBe(true);
    await age(first, 11);
    expect(await browser.refresh(first.refreshToken)).toEqual(ENDED);
    expect(await reuses()).toHaveLength(before.length + 1);
    expect(await isGood(second)).toBe(false);
  });

  test('is told after the 30 minutes too, within the grace, once somebody has used the successor', async () => {
    const first = await start();
    const third = await browser.refresh((await browser.refresh(first.refreshToken)).refreshToken);
    await lapse(first);
    const before = await reuses();
    expect(await browser.refresh(first.refreshToken)).toEqual(ENDED);
    expect(await reuses()).toHaveLength(before.length + 1);
    expect(await isGood(third)).toBe(false);
  });

  test('leaves the customer’s other sessions alone', async () => {
    const { email } = await enroll();
    const [stolen, other] = [await browser.connect(email), await browser.connect(email)];
    await browser.refresh(stolen.refreshToken);
    await age(stolen, 11);
    expect(await browser.refresh(stolen.refreshToken)).toEqual(ENDED);
    expect((await browser.refresh(other.refreshToken)).__typename).toBe('CustomerSession');
  });
});

describe('every refusal of a refresh is one and the same', () => {
  test('text that is no token, the hash of one, and one of another workspace or mode', async () => {
    const { refreshToken } = await start();
    const hashes = await gateway.sql<{ hash: string }>(`select encode(hash, 'hex') as hash from refresh_token`);
    for (const text of ['', 'x', refreshToken.slice(1), ...hashes.slice(0, 2).map(({ hash }) => hash)]) {
      expect(await browser.refresh(text)).toEqual(ENDED);
    }
    const foreign = await createBrowser(gateway.url, await gateway.workspace());
    expect(await foreign.refresh(refreshToken)).toEqual(ENDED);
    expect(await (await createBrowser(gateway.url, workspace, 'LIVE')).refresh(refreshToken)).toEqual(ENDED);
    expect((await browser.refresh(refreshToken)).__typename).toBe('CustomerSession');
  });

  test('a deleted customer, and a key that was revoked', async () => {
    const gone = await start();
    await workspace.test.query('mutation ($i: DeleteCustomerInput!) { deleteCustomer(input: $i) { id } }', {
      i: { id: gone.customer.id },
    });
    expect(await browser.refresh(gone.refreshToken)).toEqual(ENDED);
    const page = await createBrowser(gateway.url, workspace);
    const { refreshToken } = await page.connect((await enroll()).email);
    await gateway.sql('update api_key set revoked_at = now() where id = $1', [page.keyId]);
    expect(await browser.refresh(refreshToken)).toEqual(ENDED);
  });

  test('an access token is no refresh token', async () => {
    expect(await browser.refresh((await start()).accessToken)).toEqual(ENDED);
  });
});

describe('ending', () => {
  const several = async () => {
    const { email } = await enroll();
    return [await browser.connect(email), await browser.connect(email), await browser.connect(email)] as const;
  };
  const good = async (sessions: readonly SessionView[]) =>
    (await Promise.all(sessions.map(isGood))).filter(Boolean).length;

  test('by refresh token ends that session, its tokens refused at once, and a second time ends none', async () => {
    const sessions = await several();
    expect(await browser.end({ refreshToken: sessions[0].refreshToken })).toBe(1);
    expect(await good(sessions)).toBe(2);
    expect(await browser.refresh(sessions[0].refreshToken)).toEqual(ENDED);
    expect(await browser.end({ refreshToken: sessions[0].refreshToken })).toBe(0);
    expect(await browser.end({ refreshToken: 'nobody’s' })).toBe(0);
  });

  test('everywhere ends every session of that customer, and of nobody else', async () => {
    const [sessions, other] = [await several(), await start()];
    expect(await browser.end({ refreshToken: sessions[0].refreshToken, everywhere: true })).toBe(3);
    expect(await good(sessions)).toBe(0);
    expect(await isGood(other)).toBe(true);
  });

  test('attack: a stolen token of a session that is over ends no other', async () => {
    const sessions = await several();
    expect(await browser.end({ refreshToken: sessions[0].refreshToken })).toBe(1);
    expect(await browser.end({ refreshToken: sessions[0].refreshToken, everywhere: true })).toBe(0);
    expect(await good(sessions)).toBe(2);
  });

  test('a session that cannot be refreshed any more can be ended, as long as an access token of it may be good', async () => {
    const [one, another] = [await start(), await start()];
    for (const session of [one, another]) await age(session, 1_801);
    expect(await browser.refresh(one.refreshToken)).toEqual(ENDED);
    expect(await isGood(one)).toBe(true);
    expect(await browser.end({ refreshToken: one.refreshToken })).toBe(1);
    expect(await isGood(one)).toBe(false);
    await age(another, 900);
    expect(await browser.end({ refreshToken: another.refreshToken })).toBe(0);
  });

  test('a customer ends their own session, or all of theirs, with their access token', async () => {
    const sessions = await several();
    expect(await browser.end({}, { key: sessions[0].accessToken })).toBe(1);
    expect(await good(sessions)).toBe(2);
    expect(await browser.end({ everywhere: true }, { key: sessions[1].accessToken })).toBe(2);
    expect(await good(sessions)).toBe(0);
  });

  test('a customer ends nobody else’s: neither by name nor by a token that is not theirs', async () => {
    const [mine, theirs] = [await start(), await start()];
    const key = mine.accessToken;
    expect(await browser.end({ customerId: theirs.customer.id }, { key })).toBe(0);
    expect(await browser.end({ refreshToken: theirs.refreshToken, everywhere: true }, { key })).toBe(0);
    expect(await isGood(theirs)).toBe(true);
  });

  test('a secret key ends all sessions of a customer it names, which the audit log tells', async () => {
    const sessions = await several();
    const { id } = sessions[0].customer;
    expect(await browser.end({ customerId: id }, { key: workspace.test.key })).toBe(3);
    expect(await good(sessions)).toBe(0);
    expect(await browser.end({ customerId: id }, { key: workspace.test.key })).toBe(0);
    const events = await gateway.sql(
      `select actor_kind, details from audit_event where action = 'session.ended' and object_id = $1`,
      [id.slice('Customer:'.length)],
    );
    expect(events).toEqual([{ actor_kind: 'SECRET_KEY', details: { ended: 3 } }]);
    expect(await browser.end({ customerId: 'Customer:nobody' }, { key: workspace.test.key })).toBe(0);
    const foreign = (await gateway.workspace()).test.key;
    expect(await browser.end({ customerId: (await start()).customer.id }, { key: foreign })).toBe(0);
  });

  test('a publishable key names no customer: with what stands in a page anybody could end anybody’s', async () => {
    const session = await start();
    const call = (input: object) => gateway.query(CONNECT.end, { input }, { key: browser.key });
    expect(errorOf(await call({ customerId: session.customer.id }))).toMatchObject({ code: 'FORBIDDEN' });
    expect(errorOf(await call({ everywhere: true }))).toMatchObject({ argument: 'input.refreshToken' });
    expect(await isGood(session)).toBe(true);
  });

  test('asks for one way of saying which', async () => {
    const { refreshToken, customer } = await start();
    const input = { refreshToken, customerId: customer.id };
    const answer = await gateway.query(CONNECT.end, { input }, { key: workspace.test.key });
    expect(errorOf(answer)).toMatchObject({ code: 'BAD_USER_INPUT', argument: 'input.customerId' });
  });
});
