/** `npm run screenshots`: not a part of `npm test`, because it writes into docs/images. */
import { defineConfig } from 'vitest/config';
import { project } from '../../vitest.config.js';

export default defineConfig({ test: { projects: [project('screenshots', 120_000)] } });
