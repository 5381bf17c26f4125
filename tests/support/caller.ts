/** The operations of the main job, as one holder of a key calls them. */
import { type Answer, type CallOptions, dataOf, postGraphql } from './graphql-client.js';

const VERIFICATION = `fragment V on Verification {
  id kind status locale codeLength maxAttempts failedAttempts attemptsLeft timeoutSeconds currentStepIndex
  createdAt updatedAt expiresAt verifiedAt resendAvailableAt
  steps { index channel to provider template status sends failureReason sentAt deliveredAt }
}`;

const CUSTOMER = `fragment C on Customer {
  id platformCustomerId customerType umaAddress region currencies email phone locale
  contactVerification { email phone }
  contactPoints { id kind value isPrimary verifiedAt verifiedBy createdAt }
  createdAt updatedAt isDeleted
}`;

const SENT = `__typename ... on VerificationSent { verification { ...V } } ... on Refused { code message }`;
const CONFIRMED = `__typename
  ... on VerificationConfirmed { verification { ...V } customer { ...C } }
  ... on CodeIncorrect { code message attemptsLeft expiresAt resendAvailableAt }
  ... on Refused { code message }`;

const send = (field: string, type: string) =>
  `mutation ($input: ${type}!) { result: ${field}(input: $input) { ${SENT} } } ${VERIFICATION}`;
const confirm = (field: string, type: string) =>
  `mutation ($input: ${type}!) { result: ${field}(input: $input) { ${CONFIRMED} } } ${VERIFICATION} ${CUSTOMER}`;

export const DOCUMENTS = {
  viewer: '{ viewer { kind mode scopes customer { id } workspace { id name appName } } }',
  createCustomer: `mutation ($input: CreateCustomerInput!) { result: createCustomer(input: $input) { ...C } } ${CUSTOMER}`,
  customer: `query ($id: ID, $platformCustomerId: String) {
    result: customer(id: $id, platformCustomerId: $platformCustomerId) { ...C } } ${CUSTOMER}`,
  contactVerification: 'query ($id: ID) { result: contactVerification(customerId: $id) { email phone } }',
  verification: `query ($id: ID!) { result: verification(id: $id) { ...V customer { id } } } ${VERIFICATION}`,
  sendEmail: send('sendEmailVerification', 'SendEmailVerificationInput'),
  sendPhone: send('sendPhoneVerification', 'SendPhoneVerificationInput'),
  confirmEmail: confirm('confirmEmailVerification', 'ConfirmEmailVerificationInput'),
  confirmPhone: confirm('confirmPhoneVerification', 'ConfirmPhoneVerificationInput'),
  confirm: confirm('confirmVerification', 'ConfirmVerificationInput'),
} as const;

export interface StepView {
  channel: string;
  to: string;
  provider: string;
  status: string;
  sends: number;
  failureReason: string | null;
  sentAt: string | null;
  deliveredAt: string | null;
}

export interface VerificationView {
  id: string;
  status: string;
  locale: string;
  codeLength: number;
  maxAttempts: number;
  failedAttempts: number;
  attemptsLeft: number;
  timeoutSeconds: number;
  createdAt: string;
  expiresAt: string;
  verifiedAt: string | null;
  resendAvailableAt: string | null;
  steps: StepView[];
}

export interface ContactPointView {
  id: string;
  kind: string;
  value: string;
  isPrimary: boolean;
  verifiedAt: string | null;
  verifiedBy: string | null;
}

export interface CustomerView {
  id: string;
  platformCustomerId: string;
  email: string | null;
  phone: string | null;
  contactVerification: { email: string | null; phone: string | null } | null;
  contactPoints: ContactPointView[];
}

export interface Outcome {
  __typename: 'VerificationSent' | 'VerificationConfirmed' | 'CodeIncorrect' | 'Refused';
  code?: string;
  attemptsLeft?: number;
  verification?: VerificationView;
  customer?: CustomerView;
}

export type Variables = Record<string, unknown>;

export interface Caller {
  readonly key: string;
  query<Data = Record<string, unknown>>(
    document: string,
    variables?: Variables,
    options?: CallOptions,
  ): Promise<Answer<Data>>;
  /** The `result` of a document; throws where there are errors. */
  call<Result = Outcome>(document: keyof typeof DOCUMENTS, variables: Variables): Promise<Result>;
  createCustomer(input?: Variables): Promise<CustomerView>;
  /** Sends and expects it to be accepted. */
  sendEmail(customerId: string, input?: Variables): Promise<VerificationView>;
  sendPhone(customerId: string, input?: Variables): Promise<VerificationView>;
}

let customers = 0;

/** @param url where the gateway is; several: calls go round all of them */
export function createCaller(url: string | readonly string[], key: string): Caller {
  const urls = typeof url === 'string' ? [url] : url;
  let calls = 0;
  const caller: Caller = {
    key,
    query: (document, variables, options) => {
      const at = urls[calls % urls.length] as string;
      calls += 1;
      return postGraphql(at, document, variables, { key, ...options });
    },
    async call<Result>(document: keyof typeof DOCUMENTS, variables: Variables) {
      return dataOf(await caller.query<{ result: Result }>(DOCUMENTS[document], variables)).result;
    },
    createCustomer(input = {}) {
      customers += 1;
      const platformCustomerId = `customer-${process.pid}-${customers}`;
      return caller.call<CustomerView>('createCustomer', { input: { platformCustomerId, ...input } });
    },
    sendEmail: async (customerId, input = {}) =>
      accepted(await caller.call('sendEmail', { input: { customerId, ...input } })),
    sendPhone: async (customerId, input = {}) =>
      accepted(await caller.call('sendPhone', { input: { customerId, ...input } })),
  };
  return caller;
}

function accepted(outcome: Outcome): VerificationView {
  if (!outcome.verification) throw new Error(`Not accepted: ${JSON.stringify(outcome)}`);
  return outcome.verification;
}
