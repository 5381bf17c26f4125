import { type ExecutionResult, graphql, parse, subscribe } from 'graphql';
import { beforeEach, describe, expect, test } from 'vitest';
import type { LimitRule, LimitSubject } from '../../../src/access/rate-limiter.js';
import { GatewayError } from '../../../src/kernel/errors.js';
import { enforceGuards, type GuardContext } from '../../../src/schema/enforce-guards.js';
import { principal } from '../principals.js';
import { smallSchema } from './small-schema.js';

let counted: [LimitRule, LimitSubject][] = [];
let executed = 0;
let refuse = false;
const limiter: GuardContext['limiter'] = {
  async count(rule, subject) {
    counted.push([rule, subject]);
    if (refuse) throw new GatewayError('RATE_LIMITED', 'Wait.', { retryAfterSeconds: 7 });
  },
};
const context: GuardContext = { principal: principal(), clientIp: '192.0.2.1', limiter };

beforeEach(() => {
  counted = [];
  executed = 0;
  refuse = false;
});

const guarded = (by: string[], scopes = [['customers:read']]) =>
  enforceGuards(
    smallSchema({ query: { scopes, limits: [{ max: 5, window: '10m', by }] } }, () => {
      executed += 1;
      return executed;
    }),
  );
const run = (source: string, contextValue: GuardContext = context, schema = guarded(['key'])) =>
  graphql({ schema, source, contextValue });
const codes = ({ errors = [] }: ExecutionResult) =>
  errors.map(({ originalError }) => (originalError as GatewayError).code);
const ONE = '{ field(input: {}) }';

test('attack: a flood from one address, refused by its own limit, spends nothing of what all of a key share', async () => {
  const limits = [
    { max: 6, window: '1m', by: ['key'] },
    { max: 5, window: '1m', by: ['key', 'ip'] },
  ];
  const schema = enforceGuards(smallSchema({ query: { scopes: [], limits } }, () => 1));
  const context = { principal: principal({ kind: 'PUBLISHABLE_KEY' }), clientIp: '192.0.2.1', limiter };
  await run(ONE, context, schema);
  expect(counted.map(([{ max }]) => max)).toEqual([5, 6]);
  counted = [];
  await run(ONE, { ...context, principal: principal({ kind: 'SECRET_KEY' }) }, schema);
  expect(
    counted.map(([{ max }]) => max),
    'the address of a backend is no visitor’s',
  ).toEqual([6]);
  counted = [];
  refuse = true;
  expect(codes(await run(ONE, context, schema))).toEqual(['RATE_LIMITED']);
  expect(counted.map(([{ max }]) => max)).toEqual([5]);
});

test('by key: customers who came through one key are counted each for themselves, and so are those who came by none', async () => {
  for (const caller of [{}, { customerId: 'ada' }, { customerId: 'eve' }, { customerId: 'bob', keyId: undefined }])
    await run(ONE, { ...context, principal: principal(caller) });
  expect(counted.map(([, { parts }]) => parts.at(-1))).toEqual(['key-1', 'ada', 'eve', 'bob']);
});

describe('a caller without the right', () => {
  test('who is nobody is UNAUTHENTICATED: nothing is counted, nothing runs', async () => {
    expect(codes(await run(ONE, { ...context, principal: undefined }))).toEqual(['UNAUTHENTICATED']);
    expect([counted.length, executed]).toEqual([0, 0]);
  });

  test.each([
    ['customers:write', 'A publishable key may not use field, whatever its scopes.'],
    ['self:write', 'A publishable key may not use field, whatever its scopes.'],
    ['sessions:write', 'This credential may not use field; it needs sessions:write.'],
  ])(
    'who shows a publishable key where %s is asked for is told what would help, if anything does',
    async (scope, told) => {
      const key = principal({ kind: 'PUBLISHABLE_KEY', scopes: ['customers:write'] });
      const { errors } = await run(ONE, { ...context, principal: key }, guarded(['key'], [[scope]]));
      expect(errors?.map(({ message }) => message)).toEqual([told]);
      expect([counted.length, executed]).toEqual([0, 0]);
    },
  );

  test('who lacks the scopes is FORBIDDEN, and can neither probe nor drain anybody’s budget', async () => {
    refuse = true;
    const narrow = { ...context, principal: principal({ scopes: ['orders:read'] }) };
    const result = await run(ONE, narrow);
    expect(codes(result)).toEqual(['FORBIDDEN']);
    expect(result.errors?.[0]?.message).toContain('customers:read');
    expect([counted.length, executed]).toEqual([0, 0]);
  });

  test('is nobody even where any credential will do', async () => {
    expect(codes(await run(ONE, { ...context, principal: undefined }, guarded(['key'], [])))).toEqual([
      'UNAUTHENTICATED',
    ]);
  });
});

describe('an execution', () => {
  test('is counted once by each rule, before the field runs', async () => {
    expect((await run(ONE)).data).toEqual({ field: 1 });
    expect(counted).toEqual([
      [
        { max: 5, windowMs: 600_000 },
        { workspaceId: 'workspace-1', field: 'Query.field', parts: ['TEST', 'Query.field#0', 'key-1'] },
      ],
    ]);
  });

  test('over the limit does not run', async () => {
    refuse = true;
    expect(codes(await run(ONE))).toEqual(['RATE_LIMITED']);
    expect(executed).toBe(0);
  });

  test('brute force by aliases: ten aliases are ten executions', async () => {
    await run(`{ ${Array.from({ length: 10 }, (_, index) => `a${index}: field(input: {})`).join(' ')} }`);
    expect(counted).toHaveLength(10);
    expect(executed).toBe(10);
  });
});

describe('a limit is counted by', () => {
  const partsOf = async (by: string[], args: string) => {
    counted = [];
    await run(`{ field(${args}) }`, context, guarded(by));
    return counted[0]?.[1].parts.slice(2);
  };

  test.each([
    ['ip', '192.0.2.1'],
    ['key', 'key-1'],
    ['workspace', 'workspace-1'],
    ['customer', undefined],
  ])('%s', async (dimension, value) => {
    expect(await partsOf([dimension], 'input: {}')).toEqual([value]);
  });

  test('the customer that a call is about: themselves, or whom a key names, in one budget', async () => {
    const id = '018f2c7e-1234-7abc-8def-0123456789ab';
    const named = (spelling: string) => partsOf(['customer'], `input: { customerId: "${spelling}" }`);
    expect(await named(`Customer:${id}`)).toEqual([id]);
    expect(await named(`Customer:${id.toUpperCase()}`)).toEqual([id]);
    expect(await named('Nonsense')).toEqual(['nonsense']);
    const self = { ...context, principal: principal({ kind: 'USER_TOKEN', customerId: id }) };
    counted = [];
    await run('{ field(input: { customerId: "Customer:other" }) }', self, guarded(['customer']));
    expect(counted[0]?.[1].parts.at(-1)).toBe(id);
  });

  test('the canonical form of a contact: its spellings share one budget', async () => {
    expect(await partsOf(['args.input.email'], 'input: { email: " A.da+1@GoogleMail.com" }')).toEqual([
      'ada@gmail.com',
    ]);
    expect(await partsOf(['args.id'], 'id: "+1 (415) 555-0123", input: {}')).toEqual(['+14155550123']);
  });

  test('values of every type, lists and nested ones included', async () => {
    const by = ['args.input.count', 'args.input.tags', 'args.input.address.city', 'args.id'];
    const args = 'input: { count: 1, tags: ["a", "b"], address: { city: "Bonn" } }, id: "1"';
    expect(await partsOf(by, args)).toEqual(['1', '["a","b"]', 'bonn', '1']);
  });

  test('nothing where the caller leaves it out or sends null, at any depth', async () => {
    const by = ['args.input.email', 'args.input.address.city', 'args.id'];
    expect(await partsOf(by, 'input: {}')).toEqual([undefined, undefined, undefined]);
    expect(await partsOf(by, 'input: { email: null, address: null }, id: null')).toEqual(Array(3).fill(undefined));
  });
});

describe('a subscription', () => {
  let opened = 0;
  async function* events() {
    opened += 1;
    yield 1;
    yield 2;
  }
  const limits = [{ max: 5, window: '10m', by: ['key'] }];
  const rule = { scopes: [['customers:read']], limits };
  const schema = enforceGuards(smallSchema({ query: rule, subscription: rule }, () => ++executed, events));
  const source = 'subscription { field(input: {}) }';
  const opening = (contextValue: GuardContext = context) =>
    subscribe({ schema, document: parse(source), contextValue });

  test('is counted once, when it is opened, whatever it tells afterwards', async () => {
    const results: unknown[] = [];
    for await (const { data } of (await opening()) as AsyncGenerator<ExecutionResult>) results.push(data?.['field']);
    expect(results).toEqual([1, 2]);
    expect(counted).toHaveLength(1);
  });

  test('does not open its source for a caller without the right, or beyond a limit', async () => {
    opened = 0;
    const narrow = { ...context, principal: principal({ scopes: [] }) };
    expect(codes((await opening(narrow)) as ExecutionResult)).toEqual(['FORBIDDEN']);
    expect(codes((await opening({ ...context, principal: undefined })) as ExecutionResult)).toEqual([
      'UNAUTHENTICATED',
    ]);
    expect(counted).toHaveLength(0);
    refuse = true;
    expect(codes((await opening()) as ExecutionResult)).toEqual(['RATE_LIMITED']);
    expect(opened).toBe(0);
  });

  test('attack: run as a query it is guarded too', async () => {
    expect(codes(await run(source, { ...context, principal: undefined }, schema))).toEqual(['UNAUTHENTICATED']);
    expect(executed).toBe(0);
  });
});
