/** Blocks of code as the documents have them: what a reader pastes is what a test runs. */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';

const ROOT = new URL('../../', import.meta.url);

/** The blocks of a language in a section, or in front of the first one. */
export function blocksOf(path: string, language: string, heading?: string): string[] {
  const [beginning = '', ...sections] = readFileSync(new URL(path, ROOT), 'utf8').split(/^## /m);
  const section = heading === undefined ? beginning : sections.find((each) => each.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`${path} has no heading "${heading}"`);
  return [...section.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].flatMap(([, name, code = '']) =>
    name === language ? [code] : [],
  );
}

/** The only one. */
export function blockOf(path: string, language: string, heading?: string): string {
  const [block, ...more] = blocksOf(path, language, heading);
  expect({ path, language, blocks: more.length + 1 }).toEqual({ path, language, blocks: 1 });
  return block ?? '';
}
