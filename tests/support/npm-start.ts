/** `npm start`, as a stranger types it: in a copy of the repository, because it builds and other tests run what is built. */
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Running, ready } from './processes.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const NEEDED = [
  'bin',
  'src',
  'pages',
  'operations',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
];
// What is built already is taken along: npm start finds that out by itself.
const BUILT = 'dist';

export async function npmStart(): Promise<Running> {
  await using starting = new AsyncDisposableStack();
  const cwd = mkdtempSync(join(tmpdir(), 'gateway-npm-start-'));
  starting.defer(() => rmSync(cwd, { recursive: true, force: true }));
  for (const path of [...NEEDED, BUILT]) cpSync(join(ROOT, path), join(cwd, path), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(cwd, 'node_modules'));
  const gateway = starting.use(await ready({ command: 'npm', args: ['start'], cwd, hasChildren: true }, {}));
  const resources = starting.move();
  return { ...gateway, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}
