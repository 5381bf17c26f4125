import { beforeEach, describe, expect, test } from 'vitest';
import {
  createIssuerKeys,
  FAILED_READ_PAUSE_MS,
  type IssuerKeys,
  KEYS_FRESH_MS,
  KEYS_STALE_MS,
  UNKNOWN_KEY_PAUSE_MS,
} from '../../../src/access/issuer-keys.js';
import { inTime } from '../../../src/kernel/in-time.js';
import { makeKey } from '../../support/identity-provider.js';

const old = await makeKey('ES256');
const fresh = await makeKey('ES256');
const ISSUER = { issuer: 'https://idp.example', jwksUri: 'https://idp.example/keys', audience: 'api' };

let now: number;
let reads: number;
let published: (typeof old)[];
let isDown: boolean;
/** Makes the issuer silent until it answers. */
let silence: Promise<void> | undefined;
let keys: IssuerKeys;

beforeEach(() => {
  [now, reads, published, isDown, silence] = [0, 0, [old], false, undefined];
  const documents = {
    faultOf: () => undefined,
    async read() {
      reads += 1;
      await silence;
      if (isDown) throw new Error('down');
      return { keys: published.map(({ publicJwk }) => publicJwk) };
    },
  };
  keys = createIssuerKeys(documents, () => now);
});

const token = { payload: '', signature: '' };
const find = (kid: string) => keys.of(ISSUER)({ alg: 'ES256', kid }, token);
const codeOf = async (kid: string): Promise<string> => {
  try {
    await find(kid);
    return 'FOUND';
  } catch (error) {
    return (error as { code: string }).code;
  }
};
const UNKNOWN = 'ERR_JWKS_NO_MATCHING_KEY';

test('a set is read when it is first needed, once for many, and kept while it is fresh', async () => {
  await Promise.all([find(old.kid), find(old.kid), find(old.kid)]);
  now += KEYS_FRESH_MS - 1;
  await find(old.kid);
  expect(reads).toBe(1);
  now += 1;
  await find(old.kid);
  expect(reads).toBe(2);
});

describe('a key that the set does not hold', () => {
  test('has the set read again at once, for all who wait: a rotation drops no token', async () => {
    await find(old.kid);
    published = [fresh];
    expect(await Promise.all([codeOf(fresh.kid), codeOf(fresh.kid), codeOf(old.kid)])).toEqual([
      'FOUND',
      'FOUND',
      'FOUND',
    ]);
    expect(reads).toBe(2);
  });

  test('is unknown for good once the set was read, and no more is asked until the pause is over', async () => {
    await find(old.kid);
    for (let index = 0; index < 50; index += 1) expect(await codeOf(`x-${index}`)).toBe(UNKNOWN);
    expect(reads).toBe(2);
    now += UNKNOWN_KEY_PAUSE_MS - 1;
    expect(await codeOf('x')).toBe(UNKNOWN);
    expect(reads).toBe(2);
    now += 1;
    expect(await codeOf('x')).toBe(UNKNOWN);
    expect(reads).toBe(3);
  });

  test('has no second read where the first was for its own token', async () => {
    expect(await codeOf('x')).toBe(UNKNOWN);
    expect(await codeOf('y')).toBe(UNKNOWN);
    expect(reads).toBe(1);
  });

  test('is not called bad while the issuer cannot be asked about it', async () => {
    await find(old.kid);
    isDown = true;
    for (const kid of ['x', 'y']) expect(await codeOf(kid)).toBe('SERVICE_UNAVAILABLE');
    expect(await codeOf(old.kid)).toBe('FOUND');
    expect(reads).toBe(2);
  });
});

describe('while the issuer is down', () => {
  test('kept keys are good for an hour, and it is asked again after each pause', async () => {
    await find(old.kid);
    isDown = true;
    now = KEYS_FRESH_MS;
    expect([await codeOf(old.kid), await codeOf(old.kid)]).toEqual(['FOUND', 'FOUND']);
    expect(reads).toBe(2);
    now += UNKNOWN_KEY_PAUSE_MS;
    expect(await codeOf(old.kid)).toBe('FOUND');
    expect(reads).toBe(3);
    now = KEYS_STALE_MS;
    expect(await codeOf(old.kid)).toBe('SERVICE_UNAVAILABLE');
  });

  test('nothing kept is SERVICE_UNAVAILABLE, without asking more often than the pause allows', async () => {
    isDown = true;
    expect([await codeOf(old.kid), await codeOf(old.kid)]).toEqual(['SERVICE_UNAVAILABLE', 'SERVICE_UNAVAILABLE']);
    expect(reads).toBe(1);
    isDown = false;
    now += FAILED_READ_PAUSE_MS;
    expect(await codeOf(old.kid)).toBe('FOUND');
  });
});

describe('while the issuer is silent', () => {
  const inASecond = <T>(work: Promise<T>) => inTime(1_000, work, 'LATE');

  test('kept keys are good at once, or half a second after the one reading began, whatever becomes of that', async () => {
    await find(old.kid);
    let answer = Promise.withResolvers<void>();
    [silence, now] = [answer.promise, KEYS_FRESH_MS];
    expect(await inASecond(Promise.all([codeOf(old.kid), codeOf(old.kid)]))).toEqual(['FOUND', 'FOUND']);
    expect(await inTime(100, codeOf(old.kid), 'LATE')).toBe('FOUND');
    expect(reads).toBe(2);
    isDown = true;
    answer.resolve();
    await new Promise(setImmediate);
    now += UNKNOWN_KEY_PAUSE_MS;
    answer = Promise.withResolvers();
    [silence, isDown, published] = [answer.promise, false, [fresh]];
    expect(await inASecond(codeOf(old.kid))).toBe('FOUND');
    answer.resolve();
    await new Promise(setImmediate);
    expect([await codeOf(fresh.kid), reads]).toEqual(['FOUND', 3]);
  });

  test('a key that is not among the kept ones waits for its answer, and so does everybody once they are an hour old', async () => {
    await find(old.kid);
    const answer = Promise.withResolvers<void>();
    [silence, now] = [answer.promise, KEYS_FRESH_MS];
    const unknown = codeOf(fresh.kid);
    expect(await inASecond(unknown)).toBe('LATE');
    now = KEYS_STALE_MS;
    const tooOld = codeOf(old.kid);
    expect(await inASecond(tooOld)).toBe('LATE');
    published = [old, fresh];
    answer.resolve();
    expect([await unknown, await tooOld, reads]).toEqual(['FOUND', 'FOUND', 2]);
  });
});

test('what is no set of keys is like an issuer that is down', async () => {
  published = [];
  keys = createIssuerKeys({ faultOf: () => undefined, read: async () => ['x'] }, () => now);
  expect(await codeOf(old.kid)).toBe('SERVICE_UNAVAILABLE');
});

test('sets of different addresses are kept apart', async () => {
  await find(old.kid);
  await keys.of({ ...ISSUER, jwksUri: 'https://another.example/keys' })({ alg: 'ES256', kid: old.kid }, token);
  expect(reads).toBe(2);
});

describe('an issuer whose metadata named its keys', () => {
  const PLACES = { first: ISSUER.jwksUri, second: 'https://keys.example/v2' };
  let named: unknown;
  let asked: string[];
  const moving = { ...ISSUER, discovered: true };
  const found = async (kid: string, issuer = moving) => {
    await keys.of(issuer)({ alg: 'ES256', kid }, token);
    return asked.splice(0).filter((url) => url.startsWith('https://idp.example/keys') || url === PLACES.second);
  };

  beforeEach(() => {
    [named, asked] = [{ issuer: ISSUER.issuer, jwks_uri: PLACES.first }, []];
    const sets: Record<string, typeof old> = { [PLACES.first]: old, [PLACES.second]: fresh };
    const documents = {
      faultOf: () => undefined,
      async read(url: string) {
        asked.push(url);
        if (url.endsWith('/openid-configuration')) return named;
        if (!sets[url]) throw new Error('nothing there');
        return { keys: [sets[url].publicJwk] };
      },
    };
    keys = createIssuerKeys(documents, () => now);
  });

  test('is followed when they move: by the next refresh, and from there on', async () => {
    expect(await found(old.kid)).toEqual([PLACES.first]);
    named = { issuer: ISSUER.issuer, jwks_uri: PLACES.second };
    now = KEYS_FRESH_MS;
    expect(await found(fresh.kid)).toEqual([PLACES.first, PLACES.second]);
    now += KEYS_FRESH_MS;
    expect(await found(fresh.kid)).toEqual([PLACES.second]);
  });

  test('is not followed for another entry of the list, which was told where the keys are', async () => {
    await found(old.kid);
    named = { issuer: ISSUER.issuer, jwks_uri: PLACES.second };
    now = KEYS_FRESH_MS;
    expect(await found(old.kid, { ...ISSUER, discovered: false })).toEqual([PLACES.first]);
    expect(asked).toEqual([]);
  });

  test.each([
    ['is gone', undefined],
    ['names another issuer', { issuer: 'https://evil.example', jwks_uri: PLACES.second }],
    ['names no issuer', { jwks_uri: PLACES.second }],
    ['names no keys', { issuer: ISSUER.issuer, jwks_uri: 7 }],
  ])('stays where it was found last while its metadata %s', async (_, metadata) => {
    named = metadata;
    expect(await found(old.kid)).toEqual([PLACES.first]);
  });

  test('is down where there is nothing at the place that it names: what was read before is kept for its hour', async () => {
    await found(old.kid);
    named = { issuer: ISSUER.issuer, jwks_uri: 'https://idp.example/keys/none' };
    now = KEYS_FRESH_MS;
    await found(old.kid);
    now = KEYS_STALE_MS;
    await expect(found(old.kid)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });
});
