/** The guards bear the load: without any one of them, a test fails. */
import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { evidence } from '../support/evidence.js';
import { REMOVED_GUARDS, type RemovedGuard } from '../support/removed-guards.js';

const run = promisify(execFile);

evidence('removed-guards', 'Guards taken out, one at a time', async ({ size, progress, about, figure }) => {
  const guards = REMOVED_GUARDS.slice(0, size(REMOVED_GUARDS.length, 2));
  const unnoticed: string[] = [];
  const failing: string[] = [];
  // A test that fails in a copy whatever is in it notices nothing.
  const controls = new Map<string, Promise<number>>();
  for (const [index, guard] of guards.entries()) {
    progress(`${index + 1} of ${guards.length}: ${guard.name}`);
    const file = `tests/${guard.project}/${guard.test}.test.ts`;
    const control = controls.get(file) ?? failuresWithout({ ...guard, edits: [] });
    controls.set(file, control);
    if ((await control) > 0) failing.push(file);
    const failed = await failuresWithout(guard);
    if (failed === 0) unnoticed.push(guard.name);
    figure(guard.name, `${failed} failed in \`${file}\`, ${await control} with the guard in`, 'at least 1, and 0');
  }
  about('Each is taken out of a copy of the program, and the tests of that file are run against the copy.');
  expect({ unnoticed, failing }).toEqual({ unnoticed: [], failing: [] });
});

/** How many tests fail against a copy without this guard. */
async function failuresWithout({ edits, project, test }: RemovedGuard): Promise<number> {
  const copy = mkdtempSync(join(tmpdir(), 'gateway-copy-'));
  try {
    const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      encoding: 'utf8',
    });
    for (const file of files.split('\0').filter(Boolean)) cpSync(file, join(copy, file));
    cpSync('dist', join(copy, 'dist'), { recursive: true });
    symlinkSync(join(process.cwd(), 'node_modules'), join(copy, 'node_modules'));
    for (const { file, find, replace } of edits) {
      const path = join(copy, file);
      const parts = readFileSync(path, 'utf8').split(find);
      expect(parts, `${find} in ${file}`).toHaveLength(2);
      writeFileSync(path, parts.join(replace));
    }
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^(VITEST|EVIDENCE|NODE_ENV|TEST$|MODE|DEV|PROD|SSR)/.test(name)),
    );
    const inCopy = (args: string[]) => run(process.execPath, args, { cwd: copy, env, maxBuffer: 2 ** 28 });
    // Processes of a fleet run what was built; a patch need not have the right types.
    if (project === 'concurrency')
      await inCopy(['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json']).catch(() => undefined);
    const report = join(copy, 'report.json');
    const args = [
      'run',
      '--project',
      project,
      `tests/${project}/${test}.test.ts`,
      '--reporter=json',
      `--outputFile=${report}`,
    ];
    await inCopy(['node_modules/vitest/vitest.mjs', ...args]).catch(() => undefined);
    return (JSON.parse(readFileSync(report, 'utf8')) as { numFailedTests: number }).numFailedTests;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
