/** The steps in which signing keys rotate, each as a change of the text of a JWK Set. Reads and writes nothing. */
import { type Clock, wallClock } from '../kernel/clock.js';
import { newKey, parseSigningKeys } from './signing-keys.js';

/**
 * add: a fresh key, published and not yet used. promote: the newest key signs. retire: what the keys that do not sign
 * have signed has expired, and they go.
 */
export const KEY_SET_STEPS = ['add', 'promote', 'retire'] as const;
export type KeySetStep = (typeof KEY_SET_STEPS)[number];

type Jwk = Readonly<Record<string, unknown>>;
type Jwks = readonly Jwk[];

/** When a key was made, in seconds since 1970: `iat`, as OpenID Federation 1.0 section 8.7 has it in a JWK. */
const madeAt = ({ iat }: Jwk): number => (typeof iat === 'number' ? iat : 0);
const newestTime = (keys: Jwks): number => Math.max(...keys.map(madeAt));

/** The place of the newest key; where no key says when it was made, of the last. */
function placeOfNewest(keys: Jwks): number {
  const newest = newestTime(keys);
  return newest === 0 ? keys.length - 1 : keys.findIndex((key) => madeAt(key) === newest);
}

// Two hosts' clocks may differ: what is stamped now is newer than all that is there, whatever they say.
const stamped = (key: Jwk, others: Jwks, clock: Clock): Jwk => ({
  ...key,
  iat: Math.max(Math.floor(clock() / 1000), newestTime(others) + 1),
});

const CHANGES: Record<KeySetStep, (keys: Jwks, clock: Clock) => Jwks> = {
  add: (keys, clock) => [...keys, stamped(newKey(), keys, clock)],
  promote(keys, clock) {
    if (keys.length === 1)
      throw new Error('There is one key, and it signs: `gateway signing-keys add` puts a new one behind it.');
    const place = placeOfNewest(keys);
    // Again by mistake, it would bring back the key that is about to be retired.
    if (place === 0)
      throw new Error('The newest key signs already: `gateway signing-keys retire` takes out the others.');
    const [newest, others] = [keys[place] as Jwk, keys.filter((_, index) => index !== place)];
    if (newest['d'] === undefined)
      throw new Error('The newest key is a public one, which cannot sign: `gateway signing-keys add` makes one.');
    return [madeAt(newest) > 0 ? newest : stamped(newest, others, clock), ...others];
  },
  retire(keys) {
    if (keys.length === 1)
      throw new Error('There is one key: without it every token is refused. `gateway signing-keys add` makes another.');
    if (newestTime(keys) > 0 && placeOfNewest(keys) > 0)
      throw new Error('The newest key would be taken out: `gateway signing-keys promote` lets it sign first.');
    return keys.slice(0, 1);
  },
};

/**
 * Takes one step. Keys that stay are as they were, members that the gateway does not know included.
 * @param text a JWK Set as JSON
 * @returns the changed set as JSON, which a process starts with
 * @throws {Error} where the step makes no sense now, with the one that does
 * @throws {ConfigError} where no process would start with the set
 */
export async function takeKeySetStep(step: KeySetStep, text: string, clock = wallClock): Promise<string> {
  await parseSigningKeys(text);
  const set = JSON.parse(text) as { keys: Jwks };
  const changed = JSON.stringify({ ...set, keys: CHANGES[step](set.keys, clock) }, undefined, 2);
  await parseSigningKeys(changed);
  return `${changed}\n`;
}
