/** What a merchant's key may do to methods that all merchants of the workspace share. */
import type { Principal } from '../../access/principal.js';
import { GatewayError } from '../../kernel/errors.js';

/** @throws {GatewayError} FORBIDDEN for a merchant's key that names another merchant */
export function actsFor({ merchantId: own }: Principal, merchantId: string): void {
  if (own !== undefined && own !== merchantId) {
    throw new GatewayError('FORBIDDEN', 'This key acts for its own merchant only.');
  }
}

/** @throws {GatewayError} FORBIDDEN for a merchant's key: what it changed would change for every other merchant */
export function actsForAll({ merchantId: own }: Principal): void {
  if (own !== undefined) {
    throw new GatewayError('FORBIDDEN', 'This key acts for one merchant, and a method is shared by all of them.');
  }
}

export const noSuchMethod = () => new GatewayError('NOT_FOUND', 'There is no such saved method.');
