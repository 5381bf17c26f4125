import { expect, test } from 'vitest';
import { PROBE, refusalOf } from '../../../src/redis/probe.js';
import { probeKeys, slotOf } from '../../../src/redis/probe-keys.js';
import { SOURCES } from '../../conventions/sources.js';

const commandsOf = (text: string) => [...text.matchAll(/redis\.call\('([A-Z]+)'/g)].map(([, command]) => command);

test('a Redis is asked at the connecting for every command that a script of the gateway gives', () => {
  const asked = commandsOf(PROBE.text);
  const given = SOURCES.filter(({ path }) => !path.endsWith('/probe.ts')).flatMap(({ text }) => commandsOf(text));
  expect(new Set(given).size).toBeGreaterThan(8);
  expect(given.filter((command) => !asked.includes(command))).toEqual([]);
});

test('keys are placed as the specification of Redis Cluster places them', () => {
  expect(slotOf('123456789')).toBe(0x31c3);
  expect(slotOf('foo')).toBe(12_182);
});

test('every master of a cluster has a key that it is asked with, also one of a single slot', () => {
  const masters = Array.from({ length: 16_384 }, (_, slot) => slot);
  const keys = probeKeys({ masters, masterOf: (slot) => slot });
  const slots = keys.map((key) => slotOf(/\{(\w+)\}/.exec(key)?.[1] as string));
  expect(slots.toSorted((left, right) => left - right)).toEqual(masters);
  expect(probeKeys()).toHaveLength(1);
});

test.each([
  ['READONLY', "READONLY You can't write against a read only replica."],
  [
    'OOM',
    "ERR Error running script (call to f_1): @user_script:2: -OOM command not allowed when used memory > 'maxmemory'.",
  ],
  ['NOPERM', "ERR The user executing the script can't run this command or subcommand script: 1, on @user_script:2."],
  ['WRONGPASS', 'WRONGPASS invalid username-password pair or user is disabled.'],
  [undefined, 'CLUSTERDOWN The cluster is down'],
])('%s is told from what Redis says', (code, message) => {
  expect(refusalOf(new Error(message))).toBe(code);
});
