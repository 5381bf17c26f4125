/** What the resolvers of verifications and of connect share. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { TEST_CODE } from '../contender.ts';
import { type ContactPoint, type Customer, Verification } from './entities.ts';

/** What every resolver is given. */
export interface Context {
  em: EntityManager;
}

export const refused = (code: string) => ({ __typename: 'Refused', code, message: code });

const TIMEOUT_SECONDS = 600;

/** A verification that waits for its code; whoever calls this flushes it. */
export const createPending = (em: EntityManager, customer: Customer, contactPoint: ContactPoint): Verification =>
  em.create(Verification, {
    customer,
    contactPoint,
    code: TEST_CODE,
    status: 'PENDING',
    codeLength: 6,
    maxAttempts: 3,
    failedAttempts: 0,
    timeoutSeconds: TIMEOUT_SECONDS,
    expiresAt: new Date(Date.now() + TIMEOUT_SECONDS * 1000),
  });
