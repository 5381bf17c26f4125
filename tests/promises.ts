/**
 * `npm run promises`: every promise of docs/promises.md with the tests that show it through the endpoint, which are
 * those whose titles begin with its number. Exits with 1 where a promise has none.
 */
import { globSync, readFileSync } from 'node:fs';

const ROOT = new URL('../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, ROOT), 'utf8');

interface Shown {
  readonly place: string;
  readonly title: string;
}

const promises = [...read('docs/promises.md').matchAll(/^\| ([A-Z]\d+) \| (.+) \|$/gm)].map(
  ([, id = '', text = '']) => ({
    id,
    text,
  }),
);

// A title is the first string of a test or of a group of tests. What is skipped or left to do shows nothing.
const TITLE = /(?<![\w.](?:skip|todo|fails))\(\s*(['"`])((?:[A-Z]\d+: )+.*?)(?<!\\)\1\s*,/g;

const tests = new Map<string, Shown[]>();
for (const path of globSync('tests/{integration,concurrency,e2e}/**/*.test.ts', { cwd: ROOT }).sort()) {
  const source = read(path);
  for (const { 2: title = '', index } of source.matchAll(TITLE)) {
    const place = `${path}:${source.slice(0, index).split('\n').length}`;
    for (const [, id = ''] of title.matchAll(/\b([A-Z]\d+): /g)) {
      tests.set(id, [...(tests.get(id) ?? []), { place, title }]);
    }
  }
}

for (const { id, text } of promises) {
  console.log(`\n${id}  ${text}`);
  for (const { place, title } of tests.get(id) ?? []) console.log(`    ${title}  (${place})`);
}
const known = new Set(promises.map(({ id }) => id));
const unshown = promises.filter(({ id }) => !tests.has(id)).map(({ id }) => id);
const unknown = [...tests.keys()].filter((id) => !known.has(id));
console.log(`\n${promises.length - unshown.length} of ${promises.length} promises have a test.`);
if (unshown.length > 0) console.error(`Without a test: ${unshown.join(', ')}`);
if (unknown.length > 0) console.error(`Shown by a test and not in docs/promises.md: ${unknown.join(', ')}`);
process.exitCode = unshown.length + unknown.length > 0 ? 1 : 0;
