import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import type { Principal } from '../../../src/access/principal.js';
import { GatewayError } from '../../../src/kernel/errors.js';
import { createVerificationWatch, WATCH_CAPS } from '../../../src/verification/watch.js';
import { waitFor } from '../../support/wait-for.js';
import { fakeConnection, type Statement } from '../fake-connection.js';
import { principal } from '../principals.js';

const logger = pino({ level: 'silent' });
const moment = new Date('2026-01-01T00:00:00Z');
const row = (place: number, change: object = {}) => ({
  place,
  id: 'v',
  customer_id: 'c',
  kind: 'CODE',
  contact_kind: 'EMAIL',
  status: 'PENDING',
  locale: 'en',
  code_length: 6,
  timeout_seconds: 600,
  max_attempts: 3,
  failed_attempts: 0,
  current_step_index: 0,
  code_key_id: 'k',
  created_at: moment,
  updated_at: moment,
  expires_at: moment,
  verified_at: null,
  resend_available_at: moment,
  overdue: false,
  steps: '[]',
  ...change,
});

/** A database in which every verification looks the same: `state` says how. */
function watching(limitScale = 1) {
  const state: { change: object; isGone: boolean; fault?: Error } = { change: {}, isGone: false };
  const connection = fakeConnection(({ parameters }: Statement) => {
    if (state.fault) throw state.fault;
    const ids = parameters[2] as string[];
    return state.isGone ? [] : ids.map((_, index) => row(index + 1, state.change));
  });
  const watch = createVerificationWatch({ pool: connection.pool, logger, limitScale });
  const gone = new AbortController();
  const open = (id = 'v', caller: Principal = principal(), signal = gone.signal) => watch.open(caller, id, signal);
  return { ...connection, state, watch, gone, open };
}
const customer = principal({ kind: 'CUSTOMER_SESSION', customerId: 'c-1' });
const codeOf = (call: () => unknown): string => {
  try {
    call();
    return 'OPENED';
  } catch (error) {
    return (error as GatewayError).code;
  }
};

describe('the poller', () => {
  test('reads a thousand subscriptions by one statement a tick, and none where nobody watches', async () => {
    const { open, gone, statements, watch } = watching();
    const streams = Array.from({ length: 1_000 }, (_, index) => open(`v-${index}`));
    await Promise.all(streams.map((stream) => stream.next()));
    // All of them were opened in one turn of the event loop: 500 to a statement.
    expect(statements).toHaveLength(2);
    const pending = streams.map((stream) => stream.next());
    await waitFor('three ticks', () => statements.length >= 5);
    for (const { parameters } of statements.slice(2)) expect(parameters[2]).toHaveLength(1_000);
    gone.abort();
    for (const result of await Promise.all(pending)) expect(result.done).toBe(true);
    expect(watch.count()).toBe(0);
    const before = statements.length;
    const again = open('v', principal(), new AbortController().signal);
    await again.next();
    await again.return();
    expect(statements.length).toBe(before + 1);
  });

  test('asks each world by itself, and names the customer who watches in the statement', async () => {
    const { open, statements } = watching();
    await Promise.all([open().next(), open('v', principal({ mode: 'LIVE' })).next(), open('v', customer).next()]);
    expect(statements.map(({ parameters }) => parameters.slice(0, 2)).sort()).toEqual([
      ['workspace-1', 'LIVE'],
      ['workspace-1', 'TEST'],
    ]);
    expect(statements.map(({ parameters }) => parameters[3])).toEqual([[null, 'c-1'], [null]]);
  });

  test('survives a database that is away, and tells what has changed meanwhile', async () => {
    const { open, state, statements } = watching();
    const stream = open();
    expect((await stream.next()).value).toMatchObject({ status: 'PENDING' });
    const next = stream.next();
    state.fault = new Error('connection terminated');
    await waitFor('a reading that fails', () => statements.length === 2);
    state.change = { status: 'VERIFIED' };
    delete state.fault;
    expect((await next).value).toMatchObject({ status: 'VERIFIED' });
    expect(await stream.next()).toEqual({ value: undefined, done: true });
  });
});

describe('what is told', () => {
  test('is the newest state: what a slow client did not take is left out, and takes no memory', async () => {
    const { open, state, statements } = watching();
    const stream = open();
    await stream.next();
    for (const failed_attempts of [1, 2]) {
      state.change = { failed_attempts };
      const before = statements.length;
      await waitFor('it was read again', () => statements.length > before + 1);
    }
    expect((await stream.next()).value).toMatchObject({ failedAttempts: 2 });
  });

  test('is a step that has changed, too', async () => {
    const { open, state } = watching();
    const stream = open();
    await stream.next();
    const next = stream.next();
    state.change = { steps: '[["DELIVERED"]]' };
    expect((await next).value).toMatchObject({ status: 'PENDING' });
  });

  test('is nothing, and then the end, where a verification is not there or was removed', async () => {
    const { open, state, watch } = watching();
    const stream = open();
    await stream.next();
    const next = stream.next();
    state.isGone = true;
    expect(await next).toEqual({ value: undefined, done: false });
    expect((await stream.next()).done).toBe(true);
    const absent = open();
    expect(await absent.next()).toEqual({ value: undefined, done: false });
    expect((await absent.next()).done).toBe(true);
    expect(watch.count()).toBe(0);
  });
});

describe('attack: callers who open more than they need', () => {
  test('a customer is refused beyond the cap of customers, and a place that is given up is free', () => {
    const { open, watch } = watching();
    const signals = Array.from({ length: WATCH_CAPS.customer }, () => new AbortController());
    for (const { signal } of signals) open('v', customer, signal);
    expect(codeOf(() => open('v', customer))).toBe('RATE_LIMITED');
    expect(codeOf(() => open('v', principal({ ...customer, customerId: 'c-2' })))).toBe('OPENED');
    signals[0]?.abort();
    expect(codeOf(() => open('v', customer))).toBe('OPENED');
    expect(watch.count()).toBe(WATCH_CAPS.customer + 1);
  });

  test('a key is refused beyond its own, and a process beyond what it holds', () => {
    const { open } = watching(0.01);
    for (let workspaces = 0; workspaces < 5; workspaces += 1) {
      const caller = principal({ workspaceId: `workspace-${workspaces}` });
      for (let opened = 0; opened < WATCH_CAPS.key / 100; opened += 1) open('v', caller);
      expect(codeOf(() => open('v', caller))).toBe('RATE_LIMITED');
    }
    expect(codeOf(() => open('v', principal({ workspaceId: 'another' })))).toBe('SERVICE_UNAVAILABLE');
  });

  test.each([
    ['keys', (index: number) => principal({ keyId: `key-${index}` })],
    ['customers', (index: number) => principal({ ...customer, customerId: `c-${index}` })],
  ])('all %s of a workspace and mode together get a fifth of a process, and others none the worse', (_, callerOf) => {
    const { open, gone, watch } = watching(0.1);
    const refusals: string[] = [];
    for (let callers = 0; callers < WATCH_CAPS.process / 10; callers += 1) {
      const code = codeOf(() => open('v', callerOf(callers)));
      if (code !== 'OPENED') refusals.push(code);
    }
    expect(watch.count()).toBe(WATCH_CAPS.process / 50);
    expect(new Set(refusals)).toEqual(new Set(['RATE_LIMITED']));
    for (const other of [{ workspaceId: 'another' }, { mode: 'LIVE' }] as const)
      expect(codeOf(() => open('v', principal(other)))).toBe('OPENED');
    gone.abort();
    expect(codeOf(() => open('v', callerOf(0), new AbortController().signal))).toBe('OPENED');
  });

  test('a caller who is gone before the first reading holds no place', async () => {
    const { open, gone, watch } = watching();
    gone.abort();
    const stream = open();
    expect(watch.count()).toBe(0);
    expect((await stream.next()).done).toBe(true);
  });
});
