import { describe, expect, test } from 'vitest';
import { importsOf, localImportsOf, SOURCES, type SourceFile } from './sources.js';

/** From the ground up. A module imports from its own folder and from layers below; folders of one line never meet. */
const LAYERS = [
  ['kernel'],
  ['telemetry'],
  ['entities', 'redis'],
  ['providers'],
  ['messages'],
  ['access'],
  ['delivery'],
  ['customers', 'events', 'operations', 'verification'],
  ['sessions'],
  ['schema'],
  ['resolvers'],
  ['server'],
  ['app'],
  ['commands'],
  ['cli'],
];

const folderOf = (path: string): string => path.replace(/^src\//, '').replace(/(\/.*|\.ts)$/, '');
const rankOf = (folder: string): number => LAYERS.findIndex((layer) => layer.includes(folder));

/** What is wrong with the imports of these files, as `from -> to: why`. */
function stepsOutOfOrder(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const from = folderOf(file.path);
    return localImportsOf(file).flatMap((target) => {
      const to = folderOf(target);
      if (from === to) return [];
      if (rankOf(to) > rankOf(from)) return [`${file.path} -> ${target}: a step up`];
      return rankOf(to) === rankOf(from) ? [`${file.path} -> ${target}: a step sideways`] : [];
    });
  });
}

/** One cycle of imports, or nothing. */
function findCycle(files: readonly SourceFile[]): string[] {
  const imports = new Map(files.map((file) => [file.path, localImportsOf(file)]));
  const done = new Set<string>();
  const visit = (path: string, open: readonly string[]): string[] => {
    if (open.includes(path)) return [...open.slice(open.indexOf(path)), path];
    if (done.has(path)) return [];
    for (const target of imports.get(path) ?? []) {
      const cycle = visit(target, [...open, path]);
      if (cycle.length > 0) return cycle;
    }
    done.add(path);
    return [];
  };
  return files.map((file) => visit(file.path, [])).find((cycle) => cycle.length > 0) ?? [];
}

describe('the source', () => {
  test('has no folder without a place in the order of layers', () => {
    const placed = new Set(LAYERS.flat());
    expect(SOURCES.map(({ path }) => folderOf(path)).filter((folder) => !placed.has(folder))).toEqual([]);
    expect(SOURCES.length).toBeGreaterThan(50);
  });

  test('imports only files that are there', () => {
    const known = new Set(SOURCES.map(({ path }) => path));
    const outside = /^(package\.json|node_modules)/;
    for (const file of SOURCES) {
      for (const target of localImportsOf(file))
        expect(known.has(target) || outside.test(target), `${file.path} -> ${target}`).toBe(true);
    }
  });

  test('imports downwards only: no step up, no step sideways', () => {
    expect(stepsOutOfOrder(SOURCES)).toEqual([]);
  });

  test('has no cycle, types included', () => {
    expect(findCycle(SOURCES)).toEqual([]);
  });

  test('computes no import: a specifier is a text that this test can read', () => {
    for (const { path, text } of SOURCES) expect(text, path).not.toMatch(/\bimport\(\s*[^'"\s]|\brequire\(/);
  });
});

describe('this test sees', () => {
  const file = (path: string, text: string): SourceFile => ({ path, text, lines: 1 });

  test('every form of an import', () => {
    const text = `
      import { a } from './one.js';
      import type { B } from './two.js';
      import './three.js';
      export { c } from './four.js';
      const { d } = await import('./five.js');
      type E = typeof import('./six.js');
      import {
        f,
      } from "./seven.js";
      // import { g } from './comment.js';
    `;
    const names = ['one', 'two', 'three', 'four', 'five', 'six', 'seven'];
    expect(importsOf({ text })).toEqual(names.map((name) => `./${name}.js`));
  });

  test('a step up, a step sideways and a step down', () => {
    const of = (text: string) => stepsOutOfOrder([file('src/customers/read.ts', `import type { X } from '${text}';`)]);
    expect(of('../schema/guard.js')).toEqual(['src/customers/read.ts -> src/schema/guard.ts: a step up']);
    expect(of('../app/start.js')).toEqual(['src/customers/read.ts -> src/app/start.ts: a step up']);
    expect(of('../verification/plan.js')).toEqual([
      'src/customers/read.ts -> src/verification/plan.ts: a step sideways',
    ]);
    expect(of('../access/scopes.js')).toEqual([]);
    expect(of('./create.js')).toEqual([]);
  });

  test('a cycle of three files in one folder', () => {
    const cycle = ['a', 'b', 'c'].map((name, index) =>
      file(`src/kernel/${name}.ts`, `import './${['b', 'c', 'a'][index]}.js';`),
    );
    expect(findCycle(cycle)).toEqual(['src/kernel/a.ts', 'src/kernel/b.ts', 'src/kernel/c.ts', 'src/kernel/a.ts']);
    expect(findCycle(cycle.slice(0, 2))).toEqual([]);
  });
});
