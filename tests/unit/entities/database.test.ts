import { describe, expect, test } from 'vitest';
import { isUnavailable, toDate, violatedUnique } from '../../../src/entities/database.js';

describe('a database that cannot be reached', () => {
  test.each([
    '08000',
    '25006',
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'ENETUNREACH',
    '08006',
    '53300',
    '57P01',
    '57P03',
    'ECONNREFUSED',
    'ECONNRESET',
    'ENOTFOUND',
    'EPIPE',
    'ETIMEDOUT',
    'EPROTO',
    'CERT_HAS_EXPIRED',
    'CERT_NOT_YET_VALID',
    'CERT_REVOKED',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'UNABLE_TO_GET_ISSUER_CERT',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA',
    'INVALID_PURPOSE',
  ])('says %s', (code) => {
    expect(isUnavailable({ code })).toBe(true);
  });

  test.each([
    'Connection terminated',
    'Connection terminated unexpectedly',
    'timeout exceeded when trying to connect',
    'Client has encountered a connection error and is not queryable',
    'Client was closed and is not queryable',
    'The server does not support SSL connections',
    'There was an error establishing an SSL connection',
  ])('says %j', (message) => {
    expect(isUnavailable(new Error(message))).toBe(true);
  });

  test.each(['23505', '22P02', '42703', '40001', '57014', 'ERR_ASSERTION', 'ERR_INVALID_ARG_TYPE', 'x08006'])(
    'does not say %s',
    (code) => {
      expect(isUnavailable({ code })).toBe(false);
    },
  );

  test('is not what nothing and other errors say', () => {
    for (const error of [undefined, null, new Error('x'), 'Connection terminated', { code: 8 }]) {
      expect(isUnavailable(error)).toBe(false);
    }
  });
});

test('a unique violation names its constraint, and no other error names one', () => {
  expect(violatedUnique({ code: '23505', constraint: 'u' })).toBe('u');
  expect(violatedUnique({ code: '23503', constraint: 'u' })).toBeUndefined();
  expect(violatedUnique(undefined)).toBeUndefined();
});

test('both drivers’ timestamps are the same moment', () => {
  const moment = new Date('2026-11-20T12:00:00.123Z');
  expect(toDate(moment)).toEqual(moment);
  expect(toDate('2026-11-20 12:00:00.123+00')).toEqual(moment);
});
