/** One valid call of every root field, about an object of somebody: the cells of the access matrix are made of these. */
import type { GraphQLField, GraphQLObjectType, GraphQLSchema } from 'graphql';
import { getNamedType, isInterfaceType, isLeafType, isObjectType, isUnionType } from 'graphql';
import type { Variables } from './caller.js';
import { operationOf } from './operations.js';

/** An owner's objects, by their global ids, and the words to find them by. */
export interface Owned {
  readonly mode: 'TEST' | 'LIVE';
  readonly customerId: string;
  readonly platformCustomerId: string;
  /** The primary email, which is verified. */
  readonly contactId: string;
  /** A pending verification of another email; in test mode the phone has one too. */
  readonly verificationId: string;
  readonly keyId: string;
  /** A saved method with an instrument of `SAMPLE_MERCHANT`. */
  readonly methodId: string;
  readonly endpointId: string;
  /** An event of the customer. */
  readonly eventId: string;
  /** The primary email. */
  readonly email: string;
  /** An address that wrong guesses have blocked. */
  readonly blocked: string;
  /** A session of the customer. */
  readonly accessToken: string;
  readonly refreshToken: string;
}

export const SAMPLE_REDIRECT = 'https://app.acme.example/verified';

export const SAMPLE_MERCHANT = 'shop';
let instruments = 0;

/** An instrument that nobody saved before. */
export const sampleInstrument = (customerId: string): Variables => {
  instruments += 1;
  const ids = { instrumentId: `PI-sample-${instruments}`, fingerprint: `FP-sample-${instruments}` };
  return { customerId, merchantId: SAMPLE_MERCHANT, ...ids, type: 'CARD', brand: 'Visa', last4: '4242' };
};

let names = 0;
const fresh = () => `sample-${process.pid}-${++names}`;
const CODE = '123456';

/**
 * The arguments of each root field. A field without a row here fails the matrix.
 * @param mode that of the caller
 */
export const SAMPLES: Record<string, (owned: Owned, mode: 'TEST' | 'LIVE') => Variables> = {
  'Query.viewer': () => ({}),
  'Query.node': ({ customerId }) => ({ id: customerId }),
  'Query.customer': ({ customerId }) => ({ id: customerId }),
  'Query.customers': () => ({}),
  'Query.contactVerification': ({ customerId }) => ({ customerId }),
  'Query.verification': ({ verificationId }) => ({ id: verificationId }),
  'Query.verifications': ({ customerId }) => ({ customerId }),
  'Query.apiKeys': () => ({}),
  'Query.workspace': () => ({}),
  'Query.auditEvents': ({ customerId }) => ({ objectId: customerId }),
  'Query.webhookEndpoints': () => ({}),
  'Query.events': ({ customerId }) => ({ objectId: customerId }),
  'Query.savedMethods': ({ customerId }) => ({ customerId }),
  'Mutation.saveMethod': ({ customerId }) => ({ input: sampleInstrument(customerId) }),
  'Mutation.archiveSavedMethod': ({ methodId }) => ({ input: { id: methodId } }),
  'Mutation.restoreSavedMethod': ({ methodId }) => ({ input: { id: methodId } }),
  'Mutation.materializeSavedMethod': ({ methodId }) => ({ input: { id: methodId, merchantId: SAMPLE_MERCHANT } }),
  'Mutation.createCustomer': () => ({ input: { platformCustomerId: fresh() } }),
  'Mutation.updateCustomer': ({ customerId }) => ({ input: { id: customerId, region: 'DE' } }),
  'Mutation.deleteCustomer': ({ customerId }) => ({ input: { id: customerId } }),
  'Mutation.removeContactPoint': ({ contactId }) => ({ input: { id: contactId } }),
  'Mutation.setPrimaryContactPoint': ({ contactId }) => ({ input: { id: contactId } }),
  'Mutation.attestContactPoint': ({ customerId }) => ({
    input: { customerId, kind: 'EMAIL', value: `${fresh()}@example.com`, attestedBy: 'bank' },
  }),
  'Mutation.sendEmailVerification': ({ customerId }) => ({ input: { customerId } }),
  'Mutation.sendPhoneVerification': ({ customerId }) => ({ input: { customerId } }),
  'Mutation.sendEmailLink': ({ customerId }) => ({
    input: { customerId, email: `${fresh()}@example.com`, redirectUri: SAMPLE_REDIRECT },
  }),
  'Mutation.startVerification': ({ customerId }) => ({
    input: { customerId, steps: [{ channel: 'EMAIL', to: `${fresh()}@example.com` }] },
  }),
  'Mutation.confirmEmailVerification': ({ customerId }) => ({ input: { customerId, code: CODE } }),
  'Mutation.confirmPhoneVerification': ({ customerId }) => ({ input: { customerId, code: CODE } }),
  'Mutation.confirmVerification': ({ verificationId }) => ({ input: { verificationId, code: CODE } }),
  'Mutation.resendVerification': ({ verificationId }) => ({ input: { verificationId } }),
  'Mutation.failoverVerification': ({ verificationId }) => ({ input: { verificationId } }),
  'Mutation.cancelVerification': ({ verificationId }) => ({ input: { verificationId } }),
  'Mutation.unblockContact': ({ blocked }) => ({ input: { value: blocked } }),
  'Mutation.sendConnectCode': ({ email }) => ({ input: { email } }),
  'Mutation.confirmConnectCode': ({ email }) => ({ input: { email, code: CODE } }),
  'Mutation.refreshSession': ({ refreshToken }) => ({ input: { refreshToken } }),
  'Mutation.endSession': ({ refreshToken }) => ({ input: { refreshToken } }),
  'Mutation.publishOperations': () => ({
    input: { operations: [operationOf(`query ${fresh().replaceAll('-', '_')} { viewer { kind } }`)] },
  }),
  'Mutation.updateWorkspace': () => ({ input: { appName: 'Acme Market' } }),
  'Mutation.createWebhookEndpoint': () => ({ input: { url: 'https://receiver.example/' } }),
  'Mutation.updateWebhookEndpoint': ({ endpointId }) => ({ input: { id: endpointId, eventTypes: [] } }),
  'Mutation.rotateWebhookSecret': ({ endpointId }) => ({ input: { id: endpointId } }),
  'Mutation.deleteWebhookEndpoint': ({ endpointId }) => ({ input: { id: endpointId } }),
  'Mutation.redeliverEvent': ({ eventId, endpointId }) => ({ input: { id: eventId, endpointId } }),
  'Mutation.createApiKey': (_, mode) => ({ input: { name: 'sample', kind: 'SECRET', mode, scopes: [] } }),
  'Mutation.rotateApiKey': ({ keyId }) => ({ input: { id: keyId } }),
  'Subscription.verificationChanged': ({ verificationId }) => ({ id: verificationId }),
  'Mutation.revokeApiKey': ({ keyId }) => ({ input: { id: keyId } }),
};

/** An operation with every argument of a field, and as much of its answer as tells what became of it. */
export function sampleDocument(schema: GraphQLSchema, name: string): string {
  const [parent = '', fieldName = ''] = name.split('.');
  const type = schema.getType(parent) as GraphQLObjectType | undefined;
  const field = type?.getFields()[fieldName] as GraphQLField<unknown, unknown>;
  const declared = field.args.map((argument) => `$${argument.name}: ${argument.type}`);
  const given = field.args.map((argument) => `${argument.name}: $${argument.name}`);
  const brackets = (parts: readonly string[]) => (parts.length > 0 ? `(${parts.join(', ')})` : '');
  return `${parent.toLowerCase()} ${brackets(declared)} { result: ${fieldName}${brackets(given)} ${selectionOf(field)} }`;
}

function selectionOf(field: GraphQLField<unknown, unknown>): string {
  const type = getNamedType(field.type);
  if (isLeafType(type)) return '';
  if (isUnionType(type)) return '{ __typename ... on Refused { code } }';
  const isPage = (isObjectType(type) || isInterfaceType(type)) && type.getFields()['nodes'];
  const told = isObjectType(type) ? ['sent', 'ended', 'unblocked'].filter((name) => type.getFields()[name]) : [];
  return isPage ? '{ nodes { id } }' : `{ __typename ${told.join(' ')} }`;
}
