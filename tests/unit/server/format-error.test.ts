import { GraphQLError } from 'graphql';
import { beforeEach, describe, expect, test } from 'vitest';
import { ERROR_CODES, type ErrorCode, GatewayError } from '../../../src/kernel/errors.js';
import { formatError } from '../../../src/server/format-error.js';
import type { Logger } from '../../../src/telemetry/logger.js';
import { runInRequest } from '../../../src/telemetry/request-scope.js';

const logged: { level: string; err: unknown; requestId: unknown }[] = [];
const log = (level: string) => (fields: { err: unknown; requestId: unknown }) => logged.push({ level, ...fields });
const logger = { warn: log('warn'), error: log('error') } as unknown as Logger;

beforeEach(() => {
  logged.length = 0;
});

/** As an error looks that a resolver threw. */
const thrown = (originalError: Error) =>
  new GraphQLError(originalError.message, { originalError, path: ['customer', 'email'] });
const format = (error: unknown) => runInRequest('request-1', () => formatError(error, logger));

describe('an accident', () => {
  const secret = 'password authentication failed for user "gateway" at db.internal';

  test.each<[string, unknown]>([
    ['thrown by a resolver', thrown(new Error(secret))],
    ['thrown outside of GraphQL', new Error(secret)],
    ['wrapped twice', new GraphQLError('x', { originalError: thrown(new Error(secret)) })],
    ['that is a text', secret],
    ['that is an INTERNAL_SERVER_ERROR of our own', thrown(new GatewayError('INTERNAL_SERVER_ERROR', secret))],
  ])('%s leaves as INTERNAL_SERVER_ERROR with nothing of its message, and is logged', (_, error) => {
    const formatted = format(error);
    expect(formatted).toMatchObject({
      message: 'Something went wrong; the request id finds it in the log.',
      extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: 'request-1' },
    });
    expect(JSON.stringify(formatted)).not.toContain('password');
    expect(logged).toMatchObject([{ level: 'error', requestId: 'request-1' }]);
  });

  test('is logged as it was thrown, without the wrapping', () => {
    const origin = new Error(secret);
    format(new GraphQLError('x', { originalError: thrown(origin) }));
    expect(logged[0]?.err).toBe(origin);
  });

  test('shows no stack trace and no extension of its own', () => {
    const error = new GraphQLError('x', { extensions: { stacktrace: ['at secret.ts'], token: 'abc' } });
    expect(Object.keys(format(error).extensions).sort()).toEqual(['code', 'requestId']);
    expect(Object.keys(format(error)).sort()).toEqual(['extensions', 'message']);
  });
});

describe('a database that is down', () => {
  test.each([
    ['ECONNREFUSED', 'connect ECONNREFUSED 10.0.0.1:5432'],
    ['ETIMEDOUT', 'x'],
    ['57P01', 'terminating connection due to administrator command'],
    ['53300', 'too many connections'],
    ['08006', 'connection failure'],
    [undefined, 'Connection terminated unexpectedly'],
    [undefined, 'timeout exceeded when trying to connect'],
  ])('(%s, %s) is SERVICE_UNAVAILABLE, without its address, and is logged', (code, message) => {
    const formatted = format(thrown(Object.assign(new Error(message), { code })));
    expect(formatted.extensions.code).toBe('SERVICE_UNAVAILABLE');
    expect(formatted.message).toBe('The gateway cannot answer right now; try again.');
    expect(logged).toHaveLength(1);
  });

  test('that ends a statement which took too long (57014) is SERVICE_UNAVAILABLE, as where the process gives it up', () => {
    const message = 'canceling statement due to statement timeout';
    const formatted = format(thrown(Object.assign(new Error(message), { code: '57014' })));
    expect(formatted.extensions.code).toBe('SERVICE_UNAVAILABLE');
    expect(formatted.message).toBe('The gateway cannot answer right now; try again.');
    expect(logged).toHaveLength(1);
  });

  test.each(['23505', '42703', '22P02'])('is not what a faulty statement (%s) says', (code) => {
    const formatted = format(thrown(Object.assign(new Error('x'), { code })));
    expect(formatted.extensions.code).toBe('INTERNAL_SERVER_ERROR');
  });
});

describe('an error of our own', () => {
  test.each(ERROR_CODES.filter((code) => code !== 'INTERNAL_SERVER_ERROR'))('%s keeps its code and message', (code) => {
    const formatted = format(thrown(new GatewayError(code, 'In public words.')));
    expect(formatted).toEqual({
      message: 'In public words.',
      path: ['customer', 'email'],
      extensions: { code, requestId: 'request-1' },
    });
    expect(logged).toEqual([]);
  });

  test('tells its details, and keeps its cause for the log', () => {
    const cause = new Error('secret');
    const details = { retryAfterSeconds: 7, argument: 'input.code', reason: 'too short' };
    const formatted = format(thrown(new GatewayError('RATE_LIMITED', 'Wait.', details, cause)));
    expect(formatted.extensions).toEqual({ code: 'RATE_LIMITED', ...details, requestId: 'request-1' });
    expect(JSON.stringify(formatted)).not.toContain('secret');
    expect(logged).toMatchObject([{ level: 'warn', err: cause }]);
  });
});

describe('a code that somebody else gave', () => {
  test.each<[string, ErrorCode]>([
    ['GRAPHQL_PARSE_FAILED', 'GRAPHQL_PARSE_FAILED'],
    ['GRAPHQL_VALIDATION_FAILED', 'GRAPHQL_VALIDATION_FAILED'],
    ['PERSISTED_QUERY_NOT_SUPPORTED', 'BAD_REQUEST'],
    ['OPERATION_RESOLUTION_FAILURE', 'BAD_REQUEST'],
    ['DOWNSTREAM_SERVICE_ERROR', 'BAD_REQUEST'],
  ])('%s leaves as %s: only the closed list does', (given, code) => {
    const formatted = format(new GraphQLError('Syntax Error: x', { extensions: { code: given } }));
    expect(formatted).toMatchObject({ message: 'Syntax Error: x', extensions: { code, requestId: 'request-1' } });
  });
});

test('outside of a request there is no request id, rather than a wrong one', () => {
  expect(formatError(new Error('x'), logger).extensions).toEqual({ code: 'INTERNAL_SERVER_ERROR' });
});

test('a log flooded with wrong variables: more faults than are told are the caller’s, and no accident', () => {
  const message = 'Too many errors processing variables, error limit reached. Execution aborted.';
  expect(format(new GraphQLError(message))).toMatchObject({
    message: 'variables: Only the first 3 faults are told.',
    extensions: { code: 'BAD_USER_INPUT', argument: 'variables' },
  });
  expect(logged).toEqual([]);
});
