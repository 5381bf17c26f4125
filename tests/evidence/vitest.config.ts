/** `npm run evidence`: the whole of what `npm test` runs a short form of. */
import { defineConfig } from 'vitest/config';
import { evidenceProject } from '../../vitest.config.js';

export default defineConfig({
  test: {
    maxWorkers: 1,
    fileParallelism: false,
    globalSetup: ['tests/support/evidence-document.ts'],
    projects: [evidenceProject],
  },
});
