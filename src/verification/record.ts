/** What the use cases hand out: a verification and its steps as the store read them. */

import { type Timestamp, toDate, toDateOrNull } from '../entities/database.js';
import type { VerificationKind, VerificationStatus } from '../entities/verification.js';
import type { Channel, StepStatus } from '../entities/verification-step.js';
import type { ContactKind } from '../kernel/contact.js';
import { statusOf, type VerificationState } from './machine.js';

export interface VerificationRecord extends VerificationState {
  readonly id: string;
  readonly customerId: string;
  readonly kind: VerificationKind;
  readonly contactKind: ContactKind;
  readonly status: VerificationStatus;
  readonly locale: string;
  readonly codeLength: number;
  readonly timeoutSeconds: number;
  readonly currentStepIndex: number;
  readonly codeKeyId: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly expiresAt: Date;
  readonly verifiedAt: Date | null;
  /** Null once the verification is finished. */
  readonly resendAvailableAt: Date | null;
  /** Of a verification that was written by this very call: what was written. Absent where it was read. */
  readonly steps?: readonly StepRecord[];
}

export interface StepRecord {
  readonly index: number;
  readonly channel: Channel;
  readonly recipient: string;
  readonly provider: string;
  readonly template: string | null;
  readonly status: StepStatus;
  readonly sends: number;
  readonly failureReason: string | null;
  readonly sentAt: Date | null;
  readonly deliveredAt: Date | null;
}

/** The columns behind a VerificationRecord, for a table or common table expression called `v`. */
export const VERIFICATION_COLUMNS = `
  v.id, v.customer_id, v.kind, v.contact_kind, v.status, v.locale, v.code_length, v.timeout_seconds, v.max_attempts,
  v.failed_attempts, v.current_step_index, v.code_key_id, v.created_at, v.updated_at, v.expires_at, v.verified_at,
  v.resend_available_at, v.expires_at <= now() as overdue`;

export interface VerificationRow {
  id: string;
  customer_id: string;
  kind: VerificationKind;
  contact_kind: ContactKind;
  status: VerificationStatus;
  locale: string;
  code_length: number;
  timeout_seconds: number;
  max_attempts: number;
  failed_attempts: number;
  current_step_index: number;
  code_key_id: string;
  created_at: Timestamp;
  updated_at: Timestamp;
  expires_at: Timestamp;
  verified_at: Timestamp | null;
  resend_available_at: Timestamp;
  overdue: boolean;
}

export function toVerification(row: VerificationRow): VerificationRecord {
  const state: VerificationState = {
    stored: row.status,
    failedAttempts: row.failed_attempts,
    maxAttempts: row.max_attempts,
    overdue: row.overdue,
  };
  const status = statusOf(state);
  return {
    ...state,
    id: row.id,
    customerId: row.customer_id,
    kind: row.kind,
    contactKind: row.contact_kind,
    status,
    locale: row.locale,
    codeLength: row.code_length,
    timeoutSeconds: row.timeout_seconds,
    currentStepIndex: row.current_step_index,
    codeKeyId: row.code_key_id,
    createdAt: toDate(row.created_at),
    updatedAt: toDate(row.updated_at),
    expiresAt: toDate(row.expires_at),
    verifiedAt: toDateOrNull(row.verified_at),
    resendAvailableAt: status === 'PENDING' ? toDate(row.resend_available_at) : null,
  };
}
