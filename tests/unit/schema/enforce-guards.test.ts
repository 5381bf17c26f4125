import { describe, expect, test } from 'vitest';
import { enforceGuards } from '../../../src/schema/enforce-guards.js';
import { smallSchema } from './small-schema.js';

const GOOD = { scopes: [['customers:read']], limits: [{ max: 1, window: '1m', by: ['key'] }] };
const limit = (change: object) => ({ scopes: [], limits: [{ max: 1, window: '1m', by: ['key'], ...change }] });

function faultsOf(guards: Parameters<typeof smallSchema>[0]): string[] {
  try {
    enforceGuards(smallSchema(guards));
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError);
    const [head, ...faults] = (error as Error).message.split('\n  ');
    expect(head).toBe('The schema is not guarded:');
    return faults;
  }
}

describe('a schema does not build', () => {
  test('when a root field has no guard, whichever root it is of', () => {
    expect(faultsOf({})).toEqual(['Query.field has no @guard']);
    expect(faultsOf({ query: GOOD, mutation: undefined })).toEqual(['Mutation.field has no @guard']);
    expect(faultsOf({ query: GOOD, subscription: undefined })).toEqual(['Subscription.field has no @guard']);
  });

  test('when a subscription has no source of events: it would be run as a query', () => {
    expect(faultsOf({ query: GOOD, subscription: GOOD })).toEqual(['Subscription.field has no source of events']);
  });

  test('when a scope is unknown: a typo would lock everybody out, or let everybody in', () => {
    expect(faultsOf({ query: { scopes: [['customers:read'], ['customer:read']], limits: [] } })).toEqual([
      'Query.field names an unknown scope: customer:read',
    ]);
  });

  test('when a set of scopes is empty, because everybody holds all of nothing', () => {
    expect(faultsOf({ query: { scopes: [['customers:write'], []], limits: [] } })).toEqual([
      'Query.field has an empty set of scopes, which everybody holds',
    ]);
  });

  test.each(['', '1', 'm', '0m', '1w', '1 m', '1.5h', '-1m', '60', '1m ', 'PT1M', '1M', '9999999s', '1e3s'])(
    'when the window %j is no duration',
    (window) => {
      expect(faultsOf({ query: limit({ window }) })).toEqual([
        `Query.field has a window that is no duration: ${window}`,
      ]);
    },
  );

  test.each([0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])('when a limit is %s', (max) => {
    expect(faultsOf({ query: limit({ max }) })).toEqual([`Query.field has a limit below 1: ${max}`]);
  });

  test.each([
    'args.nothing',
    'args.input.nothing',
    'args.input.email.domain',
    'args.input.address.nothing',
    'args.input',
    'args.input.address',
    'args.',
    'args',
    'input.email',
    'IP',
    '',
  ])('when a limit is counted by %j, which names no value', (dimension) => {
    expect(faultsOf({ query: limit({ by: ['key', dimension] }) })).toEqual([
      `Query.field is limited by what it does not have: ${dimension}`,
    ]);
  });

  test('when a limit is counted by nothing: it would be one for all callers', () => {
    expect(faultsOf({ query: limit({ by: [] }) })).toEqual(['Query.field has a limit that is counted by nothing']);
  });

  test('and every fault of every field is told at once', () => {
    const bad = { scopes: [['nobody:knows'], []], limits: [{ max: 0, window: 'soon', by: ['args.nothing'] }] };
    const five = [
      'names an unknown scope: nobody:knows',
      'has an empty set of scopes, which everybody holds',
      'has a limit below 1: 0',
      'has a window that is no duration: soon',
      'is limited by what it does not have: args.nothing',
    ];
    expect(faultsOf({ query: bad, mutation: bad, subscription: undefined })).toEqual([
      ...five.map((fault) => `Query.field ${fault}`),
      ...five.map((fault) => `Mutation.field ${fault}`),
      'Subscription.field has no @guard',
    ]);
  });
});

describe('a schema builds', () => {
  test.each(['30s', '10m', '1h', '1d', '999999s'])('with a window of %s', (window) => {
    expect(faultsOf({ query: limit({ window }) })).toEqual([]);
  });

  test.each([
    'ip',
    'key',
    'customer',
    'workspace',
    'args.id',
    'args.input.email',
    'args.input.tags',
    'args.input.address.city',
  ])('with a limit counted by %s', (dimension) => {
    expect(faultsOf({ query: limit({ by: [dimension] }) })).toEqual([]);
  });

  test('with a guard that asks for any credential and counts nothing', () => {
    expect(faultsOf({ query: { scopes: [], limits: [] } })).toEqual([]);
  });
});
