import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { ROOT, SOURCES } from './sources.js';

// Compiled afresh and not taken from dist/, which may be older than the source.
const OUT = join(ROOT, 'node_modules/.cache/import-test');
const MODULES = SOURCES.map(({ path }) => path.replace(/^src\/(.*)\.ts$/, '$1.js')).filter((path) => path !== 'cli.js');

beforeAll(() => {
  rmSync(OUT, { recursive: true, force: true });
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const build = ['-p', 'tsconfig.build.json', '--outDir', OUT, '--tsBuildInfoFile', join(OUT, '.tsbuildinfo')];
  spawnSync(process.execPath, [tsc, ...build], { cwd: ROOT });
  for (const path of MODULES) if (!existsSync(join(OUT, path))) throw new Error(`${path} was not compiled`);
}, 120_000);

// Every read of the environment that the first frame of our own makes while modules are loaded.
const WATCH = `
  const reads = [];
  process.env = new Proxy(process.env, {
    get(target, name) {
      const [, , caller = ''] = new Error().stack.split('\\n');
      if (caller.includes('import-test')) reads.push(String(name));
      return target[name];
    },
  });
`;

test('importing every module but the process entry starts nothing: no output, no timer, no read of the environment', () => {
  const loads = MODULES.map((path) => `await import('./${path}');`).join('\n');
  const script = `${WATCH}${loads}\nif (reads.length > 0) process.stdout.write(reads.join());`;
  const args = ['--input-type=module', '--eval', script];
  const child = spawnSync(process.execPath, args, { cwd: OUT, encoding: 'utf8', timeout: 50_000 });
  expect(child).toMatchObject({ status: 0, signal: null, stdout: '', stderr: '' });
});
