/** `npm run bench:lists`: not a part of `npm test`, because filling the tables takes most of a minute. */
import { defineConfig } from 'vitest/config';
import { project } from '../../vitest.config.js';

export default defineConfig({ test: { projects: [project('scale', 300_000, ['tests/support/shared-postgres.ts'])] } });
