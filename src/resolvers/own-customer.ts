/** Whom a call is about: keys name the customer, and a customer is always themselves. */
import type { Principal } from '../access/principal.js';
import { badInput } from '../kernel/errors.js';
import { localId } from '../kernel/ids.js';

/**
 * The id of the customer that a call is about, or undefined where there is none such for this caller. Another customer
 * than themselves does not exist for a session or a user token: whether it does is nobody's business.
 *
 * @param argument what the caller calls the id, for the error
 * @throws {GatewayError} BAD_USER_INPUT for a key that names nobody
 */
export function customerIdOf(
  { customerId: own }: Principal,
  argument: string,
  named: string | null | undefined,
): string | undefined {
  if (typeof named !== 'string') return own ?? missing(argument);
  const id = localId('Customer', named);
  return own === undefined || own === id ? id : undefined;
}

function missing(argument: string): never {
  throw badInput(argument, 'a key names the customer');
}
