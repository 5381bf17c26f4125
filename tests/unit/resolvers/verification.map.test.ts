import 'reflect-metadata';
import { describe, expect, test } from 'vitest';
import type { Principal } from '../../../src/access/principal.js';
import { toConfirmResult, toSendResult, toStep } from '../../../src/resolvers/verification.map.js';
import {
  CodeIncorrect,
  Refused,
  VerificationConfirmed,
  VerificationSent,
} from '../../../src/schema/verification.results.js';
import { refusal } from '../../../src/verification/problems.js';
import type { StepRecord, VerificationRecord } from '../../../src/verification/record.js';

const expiresAt = new Date('2026-11-20T12:10:00Z');
const verification = {
  id: '018f2c7e-1234-7abc-8def-0123456789ab',
  customerId: 'c',
  status: 'PENDING',
  maxAttempts: 3,
  failedAttempts: 1,
  codeKeyId: '0011aabb',
  expiresAt,
  resendAvailableAt: null,
} as VerificationRecord;
const step = { index: 0, channel: 'SMS', recipient: '+14155550123', provider: 'test-mode' } as StepRecord;
const caller = (scopes: string[]) => ({ kind: 'SECRET_KEY', scopes }) as unknown as Principal;

describe('the recipient of a step', () => {
  test('is masked for callers who may not read verifications', () => {
    const shown = toStep(step, caller(['verifications:write']));
    expect(shown.to).toBe('+1415***23');
    expect(JSON.stringify(shown)).not.toContain('+14155550123');
  });

  test('is whole for those who may', () => {
    expect(toStep(step, caller(['verifications:read'])).to).toBe('+14155550123');
  });
});

describe('an outcome becomes the member of the union that says it', () => {
  test('a send', () => {
    const sent = toSendResult({ outcome: 'SENT', verification });
    expect(sent).toBeInstanceOf(VerificationSent);
    expect(sent).toMatchObject({ verification: { id: `Verification:${verification.id}`, attemptsLeft: 2 } });
  });

  test('a right guess, a wrong one with the attempts that are left, and a refusal', () => {
    expect(toConfirmResult({ outcome: 'CONFIRMED', verification })).toBeInstanceOf(VerificationConfirmed);
    const wrong = toConfirmResult({ outcome: 'INCORRECT', verification });
    expect(wrong).toBeInstanceOf(CodeIncorrect);
    expect(wrong).toMatchObject({ code: 'CODE_INCORRECT', attemptsLeft: 2, expiresAt, resendAvailableAt: null });
    const refused = toConfirmResult(refusal('EXPIRED'));
    expect(refused).toBeInstanceOf(Refused);
    expect(refused).toMatchObject({ code: 'EXPIRED', retryAfterSeconds: null });
  });

  test('and nothing of how its code is derived', () => {
    const sent = toSendResult({ outcome: 'SENT', verification });
    expect(JSON.stringify(sent)).not.toContain(verification.codeKeyId);
  });
});
