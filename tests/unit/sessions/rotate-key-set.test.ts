import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../../src/kernel/config.js';
import { KEY_SET_STEPS, type KeySetStep, takeKeySetStep } from '../../../src/sessions/rotate-key-set.js';
import { newKeySet, parseSigningKeys } from '../../../src/sessions/signing-keys.js';

type Jwk = Record<string, unknown>;
const ec = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }) as Jwk;
const named = (kid: string, more: Jwk = {}): Jwk => ({ ...ec(), kid, ...more });
const publicOf = ({ d: _, ...jwk }: Jwk): Jwk => jwk;
const setOf = (...keys: Jwk[]) => JSON.stringify({ keys });
const keysOf = (text: string) => (JSON.parse(text) as { keys: Jwk[] }).keys;
const kidsOf = async (text: string) => (await parseSigningKeys(text)).all.map(({ kid }) => kid);
/** The set behind these steps, one taken after the other. */
const setAfter = async (text: string, ...steps: KeySetStep[]) => {
  let set = text;
  for (const step of steps) set = await takeKeySetStep(step, set);
  return set;
};
const NOON = 1_800_000_000;
const clock = () => NOON * 1000;

describe('a rotation', () => {
  test('publishes a fresh key behind the one that signs, lets it sign, and takes the old one out', async () => {
    const before = newKeySet();
    const [old] = await kidsOf(before);
    const added = await setAfter(before, 'add');
    const [first, fresh] = await kidsOf(added);
    expect(first).toBe(old);
    expect(keysOf(added)[1]).toMatchObject({ kty: 'EC', crv: 'P-256', alg: 'ES256', d: expect.any(String) });
    const promoted = await setAfter(added, 'promote');
    expect(await kidsOf(promoted)).toEqual([fresh, old]);
    expect(await kidsOf(await setAfter(promoted, 'retire'))).toEqual([fresh]);
  });

  test('leaves keys that stay as they are, with members and a set that it does not know', async () => {
    const key = named('a', { use: 'sig', 'x-vault': { version: 3 } });
    const set = JSON.parse(await setAfter(JSON.stringify({ keys: [key], issued: 'by hand' }), 'add', 'promote')) as {
      keys: Jwk[];
    };
    expect(set).toMatchObject({ issued: 'by hand' });
    expect(set.keys[1]).toEqual(key);
  });

  test('says in a new key when it was made, and later than the others say, whatever the clock', async () => {
    const [, fresh] = keysOf(await takeKeySetStep('add', setOf(named('a')), clock));
    expect(fresh).toMatchObject({ iat: NOON });
    const [, later] = keysOf(await takeKeySetStep('add', setOf(named('a', { iat: NOON + 60 })), clock));
    expect(later).toMatchObject({ iat: NOON + 61 });
  });

  test('goes on from a set that was put together by hand: the last is the newest', async () => {
    const set = setOf(named('signs'), named('older'), named('newest'));
    const promoted = await setAfter(set, 'promote');
    expect(await kidsOf(promoted)).toEqual(['newest', 'signs', 'older']);
    expect(await kidsOf(await setAfter(promoted, 'retire'))).toEqual(['newest']);
    expect(await kidsOf(await setAfter(setOf(named('signs'), named('gone')), 'retire'))).toEqual(['signs']);
  });
});

describe('a step is refused, with the one to take', () => {
  test.each<[string, KeySetStep[], string, string]>([
    ['promote: the only key signs', ['promote'], newKeySet(), 'gateway signing-keys add'],
    ['retire: without its only key every token is refused', ['retire'], newKeySet(), 'gateway signing-keys add'],
    ['retire before promote: the new key would go', ['add', 'retire'], newKeySet(), 'gateway signing-keys promote'],
    [
      'promote again: it would bring back the key that is to be retired',
      ['add', 'promote', 'promote'],
      newKeySet(),
      'gateway signing-keys retire',
    ],
    [
      'promote again, of keys that were put together by hand',
      ['promote', 'promote'],
      setOf(named('a'), named('b')),
      'gateway signing-keys retire',
    ],
    [
      'promote: the newest is a public key, which signs nothing',
      ['promote'],
      setOf(named('a'), publicOf(named('b'))),
      'gateway signing-keys add',
    ],
  ])('%s', async (_, steps, set, instead) => {
    await expect(setAfter(set, ...steps)).rejects.toThrow(instead);
  });

  test.each(KEY_SET_STEPS)('%s: a set that no process starts with, and no part of a key is told', async (step) => {
    const [broken, other] = [named('a'), named('b')];
    for (const text of ['', '[]', setOf(), setOf({ ...broken, d: other['d'] }, other), setOf(broken, broken)]) {
      const refused = await takeKeySetStep(step, text).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(ConfigError);
      expect((refused as Error).message).not.toContain(other['d']);
    }
  });
});
