import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { unusable } from '../../../src/commands/finding.js';
import { lockDirectory } from '../../../src/entities/directory-lock.js';
import { sessionAt } from '../../../src/entities/server-session.js';

async function findingOf(act: () => unknown) {
  try {
    await act();
  } catch (error) {
    return unusable('database', error);
  }
  throw new Error('it can be used');
}

test('a directory of the embedded database that cannot be used is told with what to set', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'gateway-finding-'));
  try {
    const file = join(directory, 'file');
    writeFileSync(file, '');
    expect(await findingOf(() => lockDirectory(join(file, 'gateway')))).toEqual({
      check: 'database',
      ok: false,
      detail: expect.stringMatching(/cannot be written \(ENOTDIR\)\. Set DATABASE_URL .* or GATEWAY_DATA_DIR/),
    });
    using _owner = await lockDirectory(directory);
    expect((await findingOf(() => lockDirectory(directory))).detail).toMatch(/belongs to process .*GATEWAY_DATA_DIR/);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test('a file of certificates that is not there is told by its parameter, without the URL', () => {
  const missing = () => sessionAt('postgres://u:hunter2@db/gateway?sslrootcert=/nowhere/ca.pem', { prepared: true });
  expect(missing).toThrow();
  return expect(findingOf(missing)).resolves.toMatchObject({
    detail: '/nowhere/ca.pem, the sslrootcert of a database URL, cannot be read (ENOENT)',
  });
});

test('of an error in another’s words the code alone is told: a driver may repeat the URL with its password', () => {
  const refused = Object.assign(new Error('connect postgres://gateway:hunter2@db.internal'), { code: 'ECONNREFUSED' });
  expect(unusable('database', refused).detail).toBe('cannot be used (ECONNREFUSED)');
});
