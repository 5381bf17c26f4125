/** What the mutations of customers and contacts have in common. */
import { noSuchCustomer } from '../customers/lock-customer.js';
import { GatewayError } from '../kernel/errors.js';
import { localId } from '../kernel/ids.js';
import type { Customer } from '../schema/customer.types.js';
import { callerOf, type RequestContext } from './context.js';
import { toCustomer } from './customer.resolver.js';

const NAMES = {
  Customer: 'customer',
  ContactPoint: 'contact',
  SavedMethod: 'saved method',
  WebhookEndpoint: 'endpoint',
  Event: 'event',
} as const;

/** @throws {GatewayError} NOT_FOUND for an id that cannot be one of this type */
export function knownId(type: keyof typeof NAMES, id: string): string {
  const uuid = localId(type, id);
  if (uuid === undefined) {
    throw new GatewayError('NOT_FOUND', `There is no such ${NAMES[type]}.`);
  }
  return uuid;
}

/** The customer as the change left them. */
export async function changedCustomer(context: RequestContext, id: string): Promise<Customer> {
  const record = await context.gateway.findCustomer(callerOf(context), id);
  if (!record) throw noSuchCustomer();
  return toCustomer(record);
}
