import { describe, expect, test } from 'vitest';
import { describeSecrets, newSecret, reportOf } from '../../../src/commands/secrets.js';
import { loadConfig } from '../../../src/kernel/config.js';
import { deriveKeyRing, type KeyPurpose } from '../../../src/kernel/key-ring.js';

const [NEW, OLD, OLDEST] = ['n'.repeat(32), 'o'.repeat(32), 'p'.repeat(32)] as const;
const idOf = (secret: string, purpose: KeyPurpose) => deriveKeyRing([secret], purpose).current.id;
const NONE = { instruments: 0, webhookSecrets: 0, previousWebhookSecrets: 0, userTokens: 0, codes: 0, links: 0 };

describe('the status of secrets', () => {
  const rows = [
    { kind: 'codes', keyId: idOf(NEW, 'code'), count: 3 },
    { kind: 'codes', keyId: idOf(OLD, 'code'), count: 2 },
    { kind: 'previousWebhookSecrets', keyId: idOf(OLD, 'webhook'), count: 1 },
  ] as const;

  test('tells of each, by its place, what is under it and whether it can be removed', () => {
    const { secrets, lost } = reportOf([NEW, OLD, OLDEST], rows);
    expect(lost).toEqual([]);
    expect(secrets.map(({ place, rows: counts, removable }) => ({ place, counts, removable }))).toEqual([
      { place: 1, counts: { ...NONE, codes: 3 }, removable: false },
      { place: 2, counts: { ...NONE, codes: 2, previousWebhookSecrets: 1 }, removable: false },
      { place: 3, counts: NONE, removable: true },
    ]);
    expect(secrets[1]?.keyIds).toMatchObject({ codes: idOf(OLD, 'code'), webhookSecrets: idOf(OLD, 'webhook') });
  });

  test('counts no row towards a key of another purpose', () => {
    const misplaced = { kind: 'links', keyId: idOf(NEW, 'code'), count: 1 } as const;
    expect(reportOf([NEW], [misplaced])).toMatchObject({ secrets: [{ rows: NONE }], lost: [misplaced] });
  });

  test('tells what is under a key that no secret makes', () => {
    const report = reportOf([NEW], rows);
    expect(report.lost).toEqual(rows.slice(1));
    expect(describeSecrets(report)).toContain(`LOST        2  live codes under key ${idOf(OLD, 'code')}`);
  });

  test('never takes the newest for removable, and one that stands there twice is in use once', () => {
    expect(reportOf([NEW], []).secrets.map(({ removable }) => removable)).toEqual([false]);
    const { secrets, lost } = reportOf([NEW, OLD, OLD], rows);
    expect(secrets.map(({ removable }) => removable)).toEqual([false, false, true]);
    expect(lost).toEqual([]);
  });

  test('shows no secret and no key', () => {
    const report = reportOf([NEW, OLD], rows);
    const said = `${JSON.stringify(report)}${describeSecrets(report)}`;
    for (const secret of [NEW, OLD]) {
      expect(said).not.toContain(secret);
      for (const purpose of ['code', 'webhook'] as const) {
        const key = deriveKeyRing([secret], purpose).current.key.export();
        for (const form of ['hex', 'base64', 'base64url'] as const) expect(said).not.toContain(key.toString(form));
      }
    }
  });
});

test('a new secret is one that a process starts with, alone and in a list, and another one each time', () => {
  const [one, other] = [newSecret(), newSecret()];
  expect(one).not.toBe(other);
  expect(Buffer.from(one, 'base64')).toHaveLength(32);
  expect(loadConfig({ GATEWAY_SECRET: `${one},${other}` }).secrets).toEqual([one, other]);
});
