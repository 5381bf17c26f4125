/** Builds the pages, unless what is built was built from exactly these files. */
import { createHash } from 'node:crypto';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));
const stamp = `${root}dist/pages/.built-from`;

function fingerprint(): string {
  const hash = createHash('sha256');
  for (const file of globSync(['pages/**/*.*', 'operations/*.graphql', 'package-lock.json'], { cwd: root }).sort()) {
    hash.update(file).update(readFileSync(root + file));
  }
  return hash.digest('hex');
}

function builtFrom(): string | undefined {
  try {
    return readFileSync(stamp, 'utf8');
  } catch {
    return undefined;
  }
}

const wanted = fingerprint();
if (builtFrom() !== wanted) {
  process.stderr.write('Building the pages, once…\n');
  await build({ configFile: `${root}pages/vite.config.ts`, logLevel: 'error' });
  writeFileSync(stamp, wanted);
}
