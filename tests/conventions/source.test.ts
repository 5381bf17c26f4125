import { describe, expect, test } from 'vitest';
import { filesOf, SOURCES } from './sources.js';

const TESTS = filesOf('tests/**/*.ts');
const ALL = [...SOURCES, ...TESTS];
const offenders = (files: typeof ALL, wrong: (file: (typeof ALL)[number]) => boolean) =>
  files.filter(wrong).map(({ path }) => path);
// Written in two parts, so that this file is not its own offender.
const either = (...words: [string, string][]) => new RegExp(words.map((parts) => parts.join('')).join('|'));

/** Tests that are not always run, each with the reason why it may be so. */
const NOT_ALWAYS: Readonly<Record<string, string>> = {
  'tests/concurrency/outage.test.ts: test.skipIf(!crash)(': 'the server of TEST_DATABASE_URL is not for crashing',
  'tests/support/evidence.ts: context.skip(why),': 'the same, where it is measured',
  'tests/concurrency/pgbouncer.test.ts: test.runIf(pooler.knowsNames)(': 'PgBouncer before 1.21 follows no names',
  "tests/integration/upstream.test.ts: test.runIf(name !== 'transmit-security')(": 'a vendor that needs a user token',
  "tests/integration/upstream.test.ts: test.runIf(name === 'transmit-security')(": 'about that vendor',
  "tests/integration/upstream.test.ts: test.runIf(name === 'easy-connect')(": 'about a vendor that knows customers',
};

describe('a file can be read in one sitting', () => {
  test('none is longer than 300 lines', () => {
    expect(offenders(ALL, ({ lines }) => lines > 300)).toEqual([]);
  });

  test('half of the source is shorter than 110 lines', () => {
    const lengths = SOURCES.map(({ lines }) => lines).sort((left, right) => left - right);
    expect(lengths[Math.floor(lengths.length / 2)]).toBeLessThan(110);
  });
});

describe('a name says what is inside', () => {
  test('no file and no folder is a drawer for everything', () => {
    const drawer = /(^|\/)(utils?|helpers?|common|shared|misc|types)(\.[a-z]+)*(\/|$)/i;
    expect(offenders(ALL, ({ path }) => drawer.test(path))).toEqual([]);
  });

  test('every name is in kebab case, with the kind of file behind a dot', () => {
    expect(offenders(ALL, ({ path }) => !/^[a-z0-9/-]+(\.[a-z-]+)*\.ts$/.test(path))).toEqual([]);
  });
});

describe('the compiler and the linter are not talked out of what they know', () => {
  const escapes = /\/\/.*(biome-ignore|@ts-)/;

  test('every "any" stands under a biome-ignore with its reason', () => {
    const bare = SOURCES.flatMap(({ path, text }) =>
      text.split('\n').flatMap((line, index, lines) => {
        const code = line.replace(/\/\/.*$|^\s*\/?\*.*$/, '').replaceAll(/'[^']*'|"[^"]*"|`[^`]*`/g, '');
        const excused = /biome-ignore lint\/suspicious\/noExplicitAny: \S.{9,}/.test(lines[index - 1] ?? '');
        return /(:|<|,|\||\bas) *any\b/.test(code) && !excused ? [`${path}:${index + 1}`] : [];
      }),
    );
    expect(bare).toEqual([]);
  });

  test('nothing else is ignored, in the source or in its tests', () => {
    const ignored = ALL.flatMap(({ path, text }) =>
      text
        .split('\n')
        .filter((line) => escapes.test(line) && !/noExplicitAny: \S.{9,}/.test(line) && !line.includes('escapes'))
        .map((line) => `${path}: ${line.trim()}`),
    );
    expect(ignored).toEqual([]);
  });
});

describe('nothing is left for later', () => {
  test('no file holds a note to come back', () => {
    const notes = either(['TO', 'DO'], ['FIX', 'ME'], ['X', 'XX\\b'], ['HA', 'CK\\b']);
    expect(offenders(ALL, ({ text }) => notes.test(text))).toEqual([]);
  });

  const partial =
    /\b(test|it|describe|context)(\.\w+)*\.(skip|skipIf|runIf|only|todo|fails)\b.*|\b(xit|xtest|xdescribe|fit|fdescribe)\(.*/g;
  const partialsOf = ({ path, text }: { path: string; text: string }) =>
    [...text.matchAll(partial)].map(([call]) => `${path}: ${call}`);

  test('no test runs alone, and none is skipped but where it cannot run or is not about the vendor', () => {
    const found = TESTS.filter(({ path }) => !path.endsWith('source.test.ts')).flatMap(partialsOf);
    expect([...new Set(found)].sort()).toEqual(Object.keys(NOT_ALWAYS).sort());
  });

  test.each([
    'test.skip',
    'it.concurrent.only',
    'describe.skipIf',
    'test.concurrent.runIf',
    'test.fails',
    'it.todo',
    'fit',
  ])('which sees %s', (call) => {
    expect(partialsOf({ path: 'a', text: `  ${call}('b', () => {` })).toEqual([`a: ${call}('b', () => {`]);
  });
});

describe('what a process is given comes in at one place', () => {
  test('the environment is read by the commands only, and handed to loadConfig whole', () => {
    expect(
      offenders(SOURCES, ({ path, text }) => /process\.env/.test(text) && !path.startsWith('src/commands/')),
    ).toEqual([]);
    for (const { text } of SOURCES)
      expect(text.replaceAll(/\bload(Process)?Config\(process\.env\)/g, '')).not.toMatch(/process\.env/);
  });

  test('the wall clock decides about nothing: expiry is the database’s to tell', () => {
    expect(
      offenders(SOURCES, ({ path, text }) => /Date\.now\(\)|new Date\(\)/.test(text) && path !== 'src/kernel/clock.ts'),
    ).toEqual([]);
  });

  test('no time since 1970 is an int4, which ends in 2038', () => {
    expect(offenders(SOURCES, ({ text }) => /epoch from (now|clock_timestamp)\(\)\)+::int\b/.test(text))).toEqual([]);
  });

  test('only commands write to standard output, and only codes and keys need randomness', () => {
    expect(
      offenders(SOURCES, ({ path, text }) => /console\.|process\.stdout/.test(text) && path !== 'src/commands/say.ts'),
    ).toEqual([]);
    expect(offenders(SOURCES, ({ text }) => /Math\.random/.test(text))).toEqual([]);
  });

  test('no transaction keeps the connection that died in it: em.transactional is not used', () => {
    expect(offenders(SOURCES, ({ text }) => /\.transactional\(/.test(text))).toEqual([]);
  });
});
