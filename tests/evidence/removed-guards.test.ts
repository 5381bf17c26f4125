/** The guards bear the load: without any one of them, a test fails. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { evidence } from '../support/evidence.js';
import { patchedCopy } from '../support/patched-copy.js';
import { REMOVED_GUARDS, type RemovedGuard } from '../support/removed-guards.js';

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
  using copy = patchedCopy(edits);
  // Processes of a fleet run what was built; a patch need not have the right types.
  if (project === 'concurrency') await copy.build().catch(() => undefined);
  const report = join(copy.root, 'report.json');
  const args = ['run', '--project', project, `tests/${project}/${test}.test.ts`];
  await copy
    .run(['node_modules/vitest/vitest.mjs', ...args, '--reporter=json', `--outputFile=${report}`])
    .catch(() => undefined);
  return (JSON.parse(readFileSync(report, 'utf8')) as { numFailedTests: number }).numFailedTests;
}
