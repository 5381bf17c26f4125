#!/usr/bin/env node
// Plain JavaScript on purpose: it must be able to say that this Node is too old to run the rest.
import { existsSync } from 'node:fs';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 24 || (major === 24 && minor < 16)) {
  const brought =
    process.platform === 'linux' ? ' In the repository, `npm start` and `npx gateway` bring their own.' : '';
  process.stderr.write(`gateway needs Node 24.16 or newer and was started with ${process.versions.node}.${brought}\n`);
  process.exit(1);
}
if (!existsSync(new URL('../dist/cli.js', import.meta.url))) {
  process.stderr.write('gateway is not built yet: run `npm run build`.\n');
  process.exit(1);
}
await import('../dist/cli.js');
