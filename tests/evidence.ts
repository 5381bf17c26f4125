/**
 * `npm run evidence [-- --only <part>[,<part>]]`: measures, and writes docs/evidence/<part>.json and docs/evidence.md.
 * What is not measured again keeps the figures that it has. Exits with 1 where a part fails.
 */
import { globSync } from 'node:fs';
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

process.env['EVIDENCE_FOLDER'] = 'docs/evidence';
const vitest = await startVitest(
  'test',
  only.map((part) => `tests/evidence/${part}.test.ts`),
  { config: 'tests/evidence/vitest.config.ts', run: true },
);
await vitest.close();
