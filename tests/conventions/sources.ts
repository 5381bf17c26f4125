import { globSync, readFileSync } from 'node:fs';
import { posix, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface SourceFile {
  /** Relative to the repository, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly lines: number;
}

export const readText = (path: string): string => readFileSync(`${ROOT}${path}`, 'utf8');

export function filesOf(pattern: string): SourceFile[] {
  return globSync(pattern, { cwd: ROOT, exclude: ['**/node_modules/**'] })
    .map((path) => relative('.', path).replaceAll('\\', '/'))
    .sort()
    .map((path) => {
      const text = readText(path);
      return { path, text, lines: text.trimEnd().split('\n').length };
    });
}

export const SOURCES = filesOf('src/**/*.ts');

/** Everything a module names: imports, re-exports, dynamic imports and types, for which `import type` is no excuse. */
export function importsOf({ text }: { text: string }): string[] {
  const code = text.replaceAll(/^\s*(\/\/|\*|\/\*).*$/gm, '');
  return [...code.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*)(['"`])([^'"`]+)\1/g)].map((match) => match[2] as string);
}

/** The modules of this repository that a file of it imports, as paths of source files. */
export function localImportsOf(file: SourceFile): string[] {
  return importsOf(file)
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => posix.join(posix.dirname(file.path), specifier).replace(/\.js$/, '.ts'));
}
