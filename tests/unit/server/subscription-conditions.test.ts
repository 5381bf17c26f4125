/** What GraphQL forbids of a subscription and graphql-js does not: a root field that may be left out. */
import { parse } from 'graphql';
import { describe, expect, test } from 'vitest';
import { hasCondition } from '../../../src/server/subscription-conditions.js';

describe('a condition at the root of a subscription is seen', () => {
  test.each([
    'subscription { a @include(if: false) }',
    'query Q { a } subscription S($if: Boolean!) { a @skip(if: $if) }',
    'subscription { ... @include(if: true) { a } }',
    'subscription { ... { ...F } } fragment F on Subscription { ...G } fragment G on Subscription { a @skip(if: 3) }',
  ])('%s', (document) => expect(hasCondition(parse(document))).toBe(true));
});

describe('it is not taken for', () => {
  test.each([
    'subscription { a { b @include(if: false) } }',
    'query { a @include(if: false) }',
    'subscription { ...F ...F } fragment F on Subscription { a ...F }',
    'subscription { ...None } fragment F on Subscription { a @skip(if: true) }',
  ])('%s', (document) => expect(hasCondition(parse(document))).toBe(false));
});
