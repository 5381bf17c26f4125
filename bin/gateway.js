#!/usr/bin/env node
// Plain JavaScript on purpose: it must be able to say that this Node is too old to run the rest.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 24 || (major === 24 && minor < 16)) {
  process.stderr.write(
    `gateway needs Node 24.16 or newer and was started with ${process.versions.node}. ` +
      'In the repository, `npm start` and `npx gateway` bring their own.\n',
  );
  process.exit(1);
}
try {
  await import('../dist/cli.js');
} catch (error) {
  if (error?.code !== 'ERR_MODULE_NOT_FOUND' || !String(error.message).includes('dist')) throw error;
  process.stderr.write('gateway is not built yet: run `npm run build`.\n');
  process.exit(1);
}
