import { existsSync, globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ERROR_CODES } from '../../src/kernel/errors.js';
import { PROBLEMS } from '../../src/verification/problems.js';
import { filesOf, ROOT, readText } from './sources.js';

/** The names in the first column of the tables under a heading: rows such as "| `NAME` | …". */
function rowsOf(path: string, heading?: string): string[] {
  const text = readText(path);
  const sections = text.split(/^## /m);
  const section = heading === undefined ? text : sections.find((each) => each.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`${path} has no heading "${heading}"`);
  return [...section.matchAll(/^\| *(`[^|]*`) *\|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] as string),
  );
}

const sorted = (names: Iterable<string>): string[] => [...names].sort();

describe('docs/errors.md', () => {
  test('has a row for every error code that may leave the process, and for no other', () => {
    expect(sorted(rowsOf('docs/errors.md', 'Error codes'))).toEqual(sorted(ERROR_CODES));
  });

  test('has a row for every problem code, and for no other', () => {
    expect(sorted(rowsOf('docs/errors.md', 'Problem codes'))).toEqual(sorted(Object.keys(PROBLEMS)));
  });
});

test('docs/configuration.md has a row for every setting that is read, and for no other', () => {
  const source = filesOf('src/kernel/config*.ts')
    .map(({ text }) => text)
    .join('\n');
  const settings = [...source.matchAll(/^ {2}([A-Z][A-Z0-9_]+): /gm)].map((match) => match[1] as string);
  expect(settings).toContain('DATABASE_URL');
  expect(sorted(rowsOf('docs/configuration.md'))).toEqual(sorted(settings));
});

test('.env.example names every setting, and no other', () => {
  const named = [...readText('.env.example').matchAll(/^(?:# )?([A-Z][A-Z0-9_]+)=/gm)].map(
    (match) => match[1] as string,
  );
  expect(sorted(new Set(named))).toEqual(sorted(rowsOf('docs/configuration.md')));
});

describe('docs/dependencies.md', () => {
  type Dependencies = Record<string, string>;
  const manifest = JSON.parse(readText('package.json')) as Record<string, Dependencies>;

  test.each([
    ['Dependencies', 'dependencies'],
    ['Development dependencies', 'devDependencies'],
    ['Optional dependencies', 'optionalDependencies'],
  ])('gives a reason for each of the %s, with its version, and for no other', (heading, field) => {
    const dependencies = manifest[field] ?? {};
    expect(sorted(rowsOf('docs/dependencies.md', heading))).toEqual(sorted(Object.keys(dependencies)));
    const rows = [...readText('docs/dependencies.md').matchAll(/^\| `([^`]+)` \| (\S+) \| (.+) \|$/gm)];
    const versions = new Map(rows.map(([, name, version]) => [name, version]));
    for (const [name, version] of Object.entries(dependencies)) {
      expect(version, `${name} is exact`).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
      expect(versions.get(name), name).toBe(version);
    }
  });
});

test.each(['frontend', 'partners', 'operators', 'errors', 'events'])('docs/%s.md begins with what to paste', (name) => {
  expect(readText(`docs/${name}.md`)).toMatch(/^# .+\n\n```(sh|js)\n/);
});

describe('the README', () => {
  const readme = readText('README.md');
  const { scripts } = JSON.parse(readText('package.json')) as { scripts: Record<string, string> };

  test('has the two commands, and npm knows them', () => {
    expect(readme).toContain('npm ci && npm start');
    expect(readme).toContain('npm ci && npm test');
    expect(scripts).toMatchObject({ start: expect.any(String), test: expect.any(String) });
  });

  test('and every other document name only npm scripts that exist', () => {
    for (const { path, text } of filesOf('{*.md,docs/**/*.md}')) {
      for (const [, script = ''] of text.matchAll(/npm run (?:--silent )?([\w:-]+)/g)) {
        expect(Object.keys(scripts), `${path}: npm run ${script}`).toContain(script);
      }
    }
  });

  test('and every other document link only to files that are there', () => {
    for (const { path, text } of filesOf('{*.md,docs/**/*.md}')) {
      for (const [, target = ''] of text.matchAll(/\]\((?!https?:|#|mailto:)([^)#]+)/g)) {
        expect(existsSync(join(ROOT, dirname(path), target)), `${path} links to ${target}`).toBe(true);
      }
    }
  });
});

test('changelog, licence and security policy are there', () => {
  expect(readText('LICENSE')).toContain('MIT License');
  expect(readText('CHANGELOG.md')).toMatch(/^# /);
  expect(readText('SECURITY.md')).toMatch(/^# /);
});

describe('SECURITY.md', () => {
  const rows = [...readText('SECURITY.md').matchAll(/^\| (?!Attack|---)(.+?) \| (.+) \| (.+?) \| (.+?) \|$/gm)];

  test('names only files and folders that are there', () => {
    expect(rows.length).toBeGreaterThan(50);
    for (const [, attack = '', , places = ''] of rows) {
      const paths = [...places.matchAll(/`([^`]+)`/g)].map((match) => match[1] as string);
      expect(paths, attack).not.toEqual([]);
      for (const path of paths) expect(globSync(path, { cwd: ROOT }), `${attack}: ${path}`).not.toEqual([]);
    }
  });

  test('names only kinds of tests and commands that there are', () => {
    for (const [, attack = '', , , tests = ''] of rows) {
      for (const [, kind = ''] of tests.matchAll(/`([^`]+)`/g)) {
        const isThere = kind.startsWith('npm run ') || existsSync(join(ROOT, 'tests', kind));
        expect(isThere, `${attack}: ${kind}`).toBe(true);
      }
    }
  });
});
