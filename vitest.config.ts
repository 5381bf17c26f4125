import { defineConfig } from 'vitest/config';

// Legacy decorators with metadata, as tsc compiles them: type-graphql reads parameter types.
const oxc = { decorator: { legacy: true, emitDecoratorMetadata: true } };
// Without this, tests load graphql once as ESM and once as CommonJS, and the two refuse each other's schemas.
const resolve = { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] };
export const project = (name: string, testTimeout: number, globalSetup: string[] = []) => ({
  oxc,
  resolve,
  test: { name, include: [`tests/${name}/**/*.test.ts`], testTimeout, hookTimeout: 120_000, globalSetup },
});

/** What is measured by `npm run evidence`, in a short form. */
export const evidenceProject = project('evidence', 600_000, ['tests/support/shared-postgres.ts']);

export default defineConfig({
  test: {
    // Two cores are what a small machine has; each worker may hold an embedded database of half a gigabyte.
    maxWorkers: 2,
    projects: [
      project('unit', 20_000),
      project('contract', 20_000),
      project('conventions', 60_000),
      project('integration', 30_000, ['tests/support/embedded-template.ts']),
      project('concurrency', 120_000, ['tests/support/shared-postgres.ts']),
      project('e2e', 120_000, ['tests/support/embedded-template.ts']),
      evidenceProject,
    ],
  },
});
