/**
 * `npm run evidence [-- --only <part>[,<part>]]`: measures, and writes docs/evidence/<part>.json and docs/evidence.md.
 * What is not measured again keeps the figures that it has. Exits with 1 where a part fails.
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startVitest } from 'vitest/node';

process.chdir(`${import.meta.dirname}/..`);
const parts = globSync('tests/evidence/*.test.ts').map((path) => path.replace(/^.*\/|\.test\.ts$/g, ''));
const { values } = parseArgs({ options: { only: { type: 'string' }, help: { type: 'boolean', short: 'h' } } });
const only = values.only?.split(',') ?? [];
const unknown = only.filter((part) => !parts.includes(part));
if (values.help || unknown.length > 0) {
  for (const part of unknown) console.error(`There is no part called ${part}.`);
  console.log(`npm run evidence [-- --only <part>[,<part>]]\n\nParts:\n  ${parts.sort().join('\n  ')}`);
  process.exit(unknown.length > 0 ? 1 : 0);
}

// A part that comes after hours of others must not be the first to say it.
const redis = process.env['REDIS_SERVER'] ?? '/usr/bin/redis-server';
const needRedis = (only.length > 0 ? only : parts).filter((part) =>
  readFileSync(`tests/evidence/${part}.test.ts`, 'utf8').includes('/support/redis-'),
);
if (needRedis.length > 0 && !existsSync(redis)) {
  console.error(
    `No redis-server at ${redis}, for ${needRedis.join(' and ')}: apt-get install redis-server, or set REDIS_SERVER.`,
  );
  process.exit(1);
}

process.env['EVIDENCE_FOLDER'] = 'docs/evidence';
const vitest = await startVitest(
  'test',
  only.map((part) => `tests/evidence/${part}.test.ts`),
  { config: 'tests/evidence/vitest.config.ts', run: true },
);
await vitest.close();
