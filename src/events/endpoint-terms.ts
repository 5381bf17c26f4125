/** What may be asked of an endpoint, and by whom. */
import { holdsScopes, type Principal } from '../access/principal.js';
import { EVENT_TYPES } from '../entities/event.js';
import { badInput, GatewayError } from '../kernel/errors.js';
import type { Outside } from '../providers/outside.js';

export const LONGEST_URL = 2048;

/** @throws {GatewayError} BAD_USER_INPUT for a URL that is not called */
export function checkedUrl(outside: Outside, url: string): string {
  const isText = url.length <= LONGEST_URL && !/[\s\p{Cc}]/u.test(url);
  const fault = isText ? outside.faultOf(url) : 'not an absolute URL';
  if (fault !== undefined) throw badInput('input.url', fault);
  const { href } = new URL(url);
  // Letters beyond ASCII are longer when they are encoded.
  if (href.length > LONGEST_URL) throw badInput('input.url', `must have ${LONGEST_URL} characters at most, encoded`);
  return href;
}

/** @throws {GatewayError} BAD_USER_INPUT for a type that there is not, or one that is named twice */
export function checkedTypes(types: readonly string[]): string[] {
  const unknown = types.find((type) => !(EVENT_TYPES as readonly string[]).includes(type));
  if (unknown !== undefined) throw badInput('input.eventTypes', `must be of ${EVENT_TYPES.join(', ')}`);
  if (new Set(types).size < types.length) throw badInput('input.eventTypes', 'must name each once');
  return [...types];
}

/**
 * An endpoint that is told contacts is a way to read them: who points it somewhere must be able to read them anyway.
 * @throws {GatewayError} FORBIDDEN
 */
export function refuseContacts(caller: Principal): void {
  if (holdsScopes(caller, [['customers:read']])) return;
  throw new GatewayError('FORBIDDEN', 'An endpoint with includeContacts needs customers:read.');
}
