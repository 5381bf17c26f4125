import { expect, test } from 'vitest';
import { accessDocument } from '../../src/commands/print-access.js';
import { readText } from './sources.js';

test('docs/access.md says what the guards say', () => {
  expect(readText('docs/access.md'), 'it has drifted: run `npm run access`').toBe(accessDocument());
});
