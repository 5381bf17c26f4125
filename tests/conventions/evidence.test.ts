import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { evidenceDocument } from '../support/evidence-document.js';
import { REMOVED_GUARDS } from '../support/removed-guards.js';
import { filesOf, ROOT, readText } from './sources.js';

test('docs/evidence.md says what was measured', () => {
  expect(readText('docs/evidence.md'), 'it has drifted: run `npm run evidence`').toBe(evidenceDocument());
});

test.each(REMOVED_GUARDS)('there is the guard that a patch takes out: $name', ({ edits, project, test: name }) => {
  for (const { file, find } of edits) expect(readText(file).split(find), `${find} in ${file}`).toHaveLength(2);
  expect(filesOf(`tests/${project}/${name}.test.ts`)).toHaveLength(1);
});

describe('the command behind `npm run evidence`', () => {
  // The command itself, over parts that take no hours: each leaves a file of its name.
  const home = mkdtempSync(join(tmpdir(), 'evidence-'));
  const measured = join(home, 'measured');
  const part = (name: string, imports = '') =>
    writeFileSync(
      join(home, `tests/evidence/${name}.test.ts`),
      `import { writeFileSync } from 'node:fs'; import { expect, test } from 'vitest'; ${imports}
       test('measures', () => { writeFileSync('measured/${name}', ''); expect('${name}').not.toBe('failing'); });`,
    );
  mkdirSync(join(home, 'tests/evidence'), { recursive: true });
  mkdirSync(join(home, 'tests/support'));
  cpSync(join(ROOT, 'tests/evidence.ts'), join(home, 'tests/evidence.ts'));
  symlinkSync(join(ROOT, 'node_modules'), join(home, 'node_modules'));
  writeFileSync(join(home, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(home, 'tests/support/redis-server.ts'), '');
  writeFileSync(
    join(home, 'tests/evidence/vitest.config.ts'),
    `export default { test: { include: ['tests/evidence/*.test.ts'] } };`,
  );
  for (const name of ['faults', 'limits', 'more-limits', 'failing']) part(name);
  part('counters', `import '../support/redis-server.js';`);
  afterAll(() => rmSync(home, { recursive: true }));
  beforeEach(() => {
    rmSync(measured, { recursive: true, force: true });
    mkdirSync(measured);
  });

  const run = async (args: readonly string[], redis = process.execPath) => {
    const { PATH = '', HOME = '' } = process.env;
    const env = { PATH, HOME, REDIS_SERVER: redis };
    const child = spawn(process.execPath, [join(home, 'tests/evidence.ts'), ...args], { env, cwd: tmpdir() });
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    return { code: child.exitCode, stdout, stderr, parts: readdirSync(measured).sort() };
  };

  test.each([
    [['--only', 'faults,limit'], /^There is no part called limit\.$/m],
    [['--only', ''], /^There is no part called \.$/m],
    [['--onyl', 'faults'], /Unknown option '--onyl'/],
    [['faults'], /Unexpected argument 'faults'/],
  ])('measures nothing where it is not sure what: %j', async (args, why) => {
    const { code, stderr, parts } = await run(args);
    expect({ code, parts }).toEqual({ code: 1, parts: [] });
    expect(stderr).toMatch(why);
  });

  test('names the parts where one is unknown, and for --help, which is no failure', async () => {
    const [unknown, help] = [await run(['--only', 'nothing']), await run(['--help'])];
    const names = ['counters', 'failing', 'faults', 'limits', 'more-limits'];
    for (const { stdout } of [unknown, help]) expect(stdout).toMatch(new RegExp(`^ {2}${names.join('\n {2}')}$`, 'm'));
    expect(help).toMatchObject({ code: 0, stderr: '', parts: [] });
  });

  test('measures the parts that are named, and none whose name ends like theirs', async () => {
    expect(await run(['--only', 'limits,faults'])).toMatchObject({ code: 0, parts: ['faults', 'limits'] });
  });

  test('measures all of them where none is named, and exits with 1 where one fails', async () => {
    const parts = ['counters', 'failing', 'faults', 'limits', 'more-limits'];
    expect(await run([])).toMatchObject({ code: 1, parts });
  });

  test('says that redis-server is missing before anything is measured, where a part needs it', async () => {
    const missing =
      /^No redis-server at \/nowhere, for counters: apt-get install redis-server, or set REDIS_SERVER\.$/m;
    for (const args of [[], ['--only', 'faults,counters']]) {
      const { code, stderr, parts } = await run(args, '/nowhere');
      expect({ code, parts }).toEqual({ code: 1, parts: [] });
      expect(stderr).toMatch(missing);
    }
    expect(await run(['--only', 'faults'], '/nowhere')).toMatchObject({ code: 0, parts: ['faults'] });
  });

  test('finds the parts that need it: they import it from a module that is called so', () => {
    const others = filesOf('tests/support/*.ts').filter(({ path }) => !/\/redis-/.test(path));
    expect(others.filter(({ text }) => text.includes("from './redis-")).map(({ path }) => path)).toEqual([]);
  });
});
