import { expect, test } from 'vitest';
import { evidenceDocument } from '../support/evidence-document.js';
import { readText } from './sources.js';

test('docs/evidence.md says what was measured', () => {
  expect(readText('docs/evidence.md'), 'it has drifted: run `npm run evidence`').toBe(evidenceDocument());
});
