/** The operations on a verification's steps, as one holder of a key calls them. */
import type { Caller, CustomerView, Variables, VerificationView } from './caller.js';
import { hurryRetries, type Sql } from './database-state.js';
import { type Answer, dataOf } from './graphql-client.js';
import { waitFor } from './wait-for.js';

const VERIFICATION = `id status failedAttempts attemptsLeft currentStepIndex expiresAt resendAvailableAt
  steps { index channel to status sends failureReason }`;
const SENT = `__typename ... on VerificationSent { verification { ${VERIFICATION} } } ... on Refused { code retryAfterSeconds }`;
const step = (field: string, type: string) =>
  `mutation ($input: ${type}!) { result: ${field}(input: $input) { ${SENT} } }`;

export const STEP_DOCUMENTS = {
  start: step('startVerification', 'StartVerificationInput'),
  resend: step('resendVerification', 'VerificationStepRefInput'),
  failOver: step('failoverVerification', 'VerificationStepRefInput'),
  cancel: step('cancelVerification', 'CancelVerificationInput'),
  confirm: `mutation ($input: ConfirmVerificationInput!) { result: confirmVerification(input: $input) {
    __typename
    ... on VerificationConfirmed { verification { ${VERIFICATION} }
      customer { email phone contactPoints { kind value verifiedAt verifiedBy } } }
    ... on CodeIncorrect { code attemptsLeft resendAvailableAt }
    ... on Refused { code retryAfterSeconds } } }`,
} as const;

export interface SteppedView extends Pick<VerificationView, 'id' | 'status' | 'failedAttempts' | 'attemptsLeft'> {
  currentStepIndex: number;
  expiresAt: string;
  resendAvailableAt: string | null;
  steps: { index: number; channel: string; to: string; status: string; sends: number; failureReason: string | null }[];
}

export interface StepOutcome {
  __typename: 'VerificationSent' | 'VerificationConfirmed' | 'CodeIncorrect' | 'Refused';
  code?: string;
  retryAfterSeconds?: number | null;
  attemptsLeft?: number;
  resendAvailableAt?: string | null;
  verification?: SteppedView;
  customer?: Pick<CustomerView, 'email' | 'phone' | 'contactPoints'>;
}

export interface StepSpec {
  channel: string;
  to: string;
  template?: string;
}

export type StepField = keyof typeof STEP_DOCUMENTS;

/** Calls one field and hands back the whole answer. */
export function askSteps(caller: Caller, field: StepField, input: Variables): Promise<Answer<{ result: StepOutcome }>> {
  return caller.query<{ result: StepOutcome }>(STEP_DOCUMENTS[field], { input });
}

/** A verification of a fresh customer with these steps, and what can be done with it. */
export async function startSteps(caller: Caller, sql: Sql, steps: readonly StepSpec[], terms: Variables = {}) {
  const { id: customerId } = await caller.createCustomer();
  const call = async (field: StepField, input: Variables) => dataOf(await askSteps(caller, field, input)).result;
  const started = await call('start', { customerId, steps, ...terms });
  if (!started.verification) throw new Error(`Not accepted: ${JSON.stringify(started)}`);
  const { id: verificationId } = started.verification;
  const uuid = verificationId.slice(verificationId.indexOf(':') + 1);
  const read = async () =>
    dataOf(
      await caller.query<{ result: SteppedView }>(
        `query ($id: ID!) { result: verification(id: $id) { ${VERIFICATION} } }`,
        {
          id: verificationId,
        },
      ),
    ).result;
  return {
    customerId,
    verificationId,
    uuid,
    started: started.verification,
    read,
    resend: (stepIndex?: number) => call('resend', { verificationId, stepIndex }),
    failOver: (stepIndex?: number) => call('failOver', { verificationId, stepIndex }),
    cancel: () => call('cancel', { verificationId }),
    confirm: (code: string) => call('confirm', { verificationId, code }),
    /** Resolves once the steps are in these states; pauses between tries are cut short. */
    stepsAre: (...statuses: string[]) =>
      waitFor(`the steps are ${statuses}`, async () => {
        await hurryRetries(sql);
        const verification = await read();
        return verification.steps.every(({ status }, index) => status === statuses[index]) && verification;
      }),
    /** Lets the pause before the next resend pass, by the database's clock. */
    coolDown: () => sql('update verification set resend_available_at = now() where id = $1', [uuid]),
    /** The jobs that were ever queued: step and message. */
    jobs: async () =>
      (
        await sql<{ job: string }>(
          `select concat(data ->> 'stepIndex', '/', data ->> 'send') as job from pgboss.job
           where data ->> 'verificationId' = $1 order by 1`,
          [uuid],
        )
      ).map(({ job }) => job),
  };
}

export const sms = (to: string): StepSpec => ({ channel: 'SMS', to });
export const email = (to: string): StepSpec => ({ channel: 'EMAIL', to });
