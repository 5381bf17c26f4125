/** The GraphQL operations of the workloads, the same text for every GraphQL server. */
import { hash } from 'node:crypto';
import { isToken, SAVED_METHODS, type Step, TEST_CODE, type Workload } from './contender.ts';

/** The read of every GraphQL server; it is asked for by its hash too. */
export const READ = `query ReadCustomer($id: ID!) {
  customer(id: $id) {
    id platformCustomerId customerType umaAddress region currencies locale email phone
    contactVerification { email phone }
    savedMethods { nodes { id type brand last4 expiryMonth expiryYear archivedAt } }
    createdAt updatedAt isDeleted
  }
}`;

const SEND = `mutation Send($input: SendEmailVerificationInput!) {
  sendEmailVerification(input: $input) {
    __typename
    ... on VerificationSent {
      verification {
        id status codeLength maxAttempts failedAttempts attemptsLeft timeoutSeconds createdAt expiresAt verifiedAt
        steps { index channel to status }
      }
    }
    ... on Refused { code message }
  }
}`;

const CONFIRM = `mutation Confirm($input: ConfirmEmailVerificationInput!) {
  confirmEmailVerification(input: $input) {
    __typename
    ... on VerificationConfirmed {
      verification {
        id status codeLength maxAttempts failedAttempts attemptsLeft timeoutSeconds createdAt expiresAt verifiedAt
      }
      customer {
        id platformCustomerId customerType umaAddress region currencies locale email phone
        contactVerification { email phone }
        createdAt updatedAt isDeleted
      }
    }
    ... on CodeIncorrect { code message attemptsLeft }
    ... on Refused { code message }
  }
}`;

const SEND_CONNECT = `mutation SendConnect($input: SendConnectCodeInput!) {
  sendConnectCode(input: $input) { sent }
}`;

const CONFIRM_CONNECT = `mutation ConfirmConnect($input: ConfirmConnectCodeInput!) {
  confirmConnectCode(input: $input) {
    __typename
    ... on CustomerSession {
      accessToken idToken refreshToken expiresInSeconds refreshableUntil
      customer { id email phone contactVerification { email phone } }
    }
    ... on Refused { code message }
  }
}`;

const isWholeCustomer: Step['accepts'] = ({ data, errors }, { id, email, phone }) =>
  !errors &&
  data?.customer?.id === id &&
  data.customer.email === email &&
  data.customer.phone === phone &&
  data.customer.contactVerification?.email === 'PENDING' &&
  data.customer.contactVerification.phone === 'PENDING' &&
  data.customer.savedMethods?.nodes?.length === SAVED_METHODS.length &&
  data.customer.savedMethods.nodes[0]?.last4 === SAVED_METHODS[1].last4;

const READ_HASH = hash('sha256', READ, 'hex');

/** The read by the id of its document (GraphQL over HTTP, appendix A). */
export const PUBLISHED_READ = { documentId: `sha256:${READ_HASH}` };
/** The same as Apollo's automatic persisted queries have it. */
export const REGISTERED_READ = { extensions: { persistedQuery: { version: 1, sha256Hash: READ_HASH } } };

/** The read without its text. */
export function persistedRead(path: string, document: object): Step[] {
  const request: Step['request'] = ({ id }) => ({
    method: 'POST',
    path,
    body: JSON.stringify({ ...document, variables: { id } }),
  });
  return [{ request, accepts: isWholeCustomer }];
}

/** The steps of each workload, sent to `path`. */
export function graphqlWorkloads(path: string): Record<Exclude<Workload, 'persisted read'>, Step[]> {
  const post = (query: string, variables: object) =>
    ({ method: 'POST', path, body: JSON.stringify({ query, variables }) }) as const;
  return {
    read: [{ request: ({ id }) => post(READ, { id }), accepts: isWholeCustomer }],
    'send+confirm': [
      {
        request: ({ id, email }) => post(SEND, { input: { customerId: id, email } }),
        accepts: ({ data, errors }, { email }) =>
          !errors &&
          data?.sendEmailVerification?.verification?.status === 'PENDING' &&
          data.sendEmailVerification.verification.steps?.[0]?.to === email,
      },
      {
        request: ({ id }, previous) => {
          const { data } = previous as { data: { sendEmailVerification: { verification: { id: string } } } };
          const verificationId = data.sendEmailVerification.verification.id;
          return post(CONFIRM, { input: { customerId: id, verificationId, code: TEST_CODE } });
        },
        accepts: ({ data, errors }, { email }) =>
          !errors &&
          data?.confirmEmailVerification?.verification?.status === 'VERIFIED' &&
          data.confirmEmailVerification.customer?.email === email &&
          data.confirmEmailVerification.customer.contactVerification?.email === 'VERIFIED',
      },
    ],
    connect: [
      {
        request: ({ email }) => post(SEND_CONNECT, { input: { email } }),
        accepts: ({ data, errors }) => !errors && data?.sendConnectCode?.sent === true,
      },
      {
        request: ({ email }) => post(CONFIRM_CONNECT, { input: { email, code: TEST_CODE } }),
        accepts: ({ data, errors }, { id, email }) =>
          !errors &&
          isToken(data?.confirmConnectCode?.accessToken) &&
          isToken(data.confirmConnectCode.idToken) &&
          data.confirmConnectCode.refreshToken?.length > 0 &&
          data.confirmConnectCode.customer?.id === id &&
          data.confirmConnectCode.customer.email === email &&
          data.confirmConnectCode.customer.contactVerification?.phone === 'VERIFIED',
      },
    ],
  };
}
