/** Outcomes of the use cases as the schema shows them. */
import { holdsScopes, type Principal } from '../access/principal.js';
import { mask } from '../kernel/contact.js';
import { globalId } from '../kernel/ids.js';
import { CodeIncorrect, Refused, VerificationConfirmed, VerificationSent } from '../schema/verification.results.js';
import type { Verification, VerificationStep } from '../schema/verification.types.js';
import type { CancelOutcome } from '../verification/cancel.js';
import type { ConfirmOutcome } from '../verification/confirm.js';
import { PROBLEMS, type Refusal } from '../verification/problems.js';
import type { StepRecord, VerificationRecord } from '../verification/record.js';
import type { SendOutcome } from '../verification/send.js';

export function toVerification(record: VerificationRecord): Verification {
  return {
    id: globalId('Verification', record.id),
    kind: record.kind,
    status: record.status,
    locale: record.locale,
    codeLength: record.codeLength,
    maxAttempts: record.maxAttempts,
    failedAttempts: record.failedAttempts,
    attemptsLeft: record.maxAttempts - record.failedAttempts,
    timeoutSeconds: record.timeoutSeconds,
    currentStepIndex: record.currentStepIndex,
    createdAt: record.createdAt,
    updatedAt: record.updatedAt,
    expiresAt: record.expiresAt,
    verifiedAt: record.verifiedAt,
    resendAvailableAt: record.resendAvailableAt,
    customerId: record.customerId,
    verificationId: record.id,
    knownSteps: record.steps,
  };
}

/** A step; its recipient is masked for callers who may not read verifications. */
export function toStep({ recipient, ...step }: StepRecord, caller: Principal): VerificationStep {
  return { ...step, to: holdsScopes(caller, [['verifications:read']]) ? recipient : mask(recipient) };
}

export function toSendResult(outcome: SendOutcome | CancelOutcome): VerificationSent | Refused {
  if (outcome.outcome === 'REFUSED') return toRefused(outcome);
  return Object.assign(new VerificationSent(), { verification: toVerification(outcome.verification) });
}

export function toConfirmResult(outcome: ConfirmOutcome): VerificationConfirmed | CodeIncorrect | Refused {
  switch (outcome.outcome) {
    case 'REFUSED':
      return toRefused(outcome);
    case 'CONFIRMED':
      return Object.assign(new VerificationConfirmed(), { verification: toVerification(outcome.verification) });
    case 'INCORRECT': {
      const { maxAttempts, failedAttempts, expiresAt, resendAvailableAt } = outcome.verification;
      return Object.assign(new CodeIncorrect(), {
        code: 'CODE_INCORRECT' as const,
        message: PROBLEMS.CODE_INCORRECT,
        attemptsLeft: maxAttempts - failedAttempts,
        expiresAt,
        resendAvailableAt,
      });
    }
  }
}

export function toRefused({ code, message, retryAfterSeconds }: Refusal): Refused {
  return Object.assign(new Refused(), { code, message, retryAfterSeconds });
}
