/** An operator rotates the keys that tokens are signed with, by the three commands. */
import {
  chmodSync,
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { newKeySet, parseSigningKeys } from '../../src/sessions/signing-keys.js';
import { newDataDirectory } from '../support/embedded-template.js';
import { runGateway, startProcess } from '../support/processes.js';

const root = mkdtempSync(join(tmpdir(), 'signing-keys-'));
afterAll(() => rmSync(root, { recursive: true }));

interface Report {
  file: string;
  keys: { kid: string; alg: string; signs: boolean }[];
  next: { waitSeconds: number; command: string | null };
  narrowedFrom?: string;
}
type Step = 'add' | 'promote' | 'retire';
type Environment = Record<string, string>;

let file: string;
beforeEach(() => {
  file = join(mkdtempSync(join(root, 'of-')), 'signing-keys.json');
  writeFileSync(file, newKeySet(), { mode: 0o600 });
});

const step = (name: Step, args: string[] = [], env: Environment = { GATEWAY_SIGNING_KEYS: file }) =>
  runGateway(['signing-keys', name, ...args], env);
async function reportOf(...asked: Parameters<typeof step>): Promise<Report> {
  const [name, args = [], ...env] = asked;
  const { code, stdout, stderr } = await step(name, [...args, '--json'], ...env);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^[^\n]+\n$/);
  return JSON.parse(stdout) as Report;
}
const kidsIn = async (path: string) => (await parseSigningKeys(readFileSync(path, 'utf8'))).all.map(({ kid }) => kid);
const kidsOf = ({ keys }: Report) => keys.map(({ kid }) => kid);

describe('signing-keys add, promote and retire', () => {
  test('K4: rotate the keys of the file, and say each time who signs, what comes next and after how long', async () => {
    const [old] = await kidsIn(file);
    const added = await reportOf('add');
    const fresh = kidsOf(added)[1] as string;
    expect(added).toEqual({
      file,
      keys: [
        { kid: old, alg: 'ES256', signs: true },
        { kid: fresh, alg: 'ES256', signs: false },
      ],
      next: { waitSeconds: 300, command: 'gateway signing-keys promote' },
    });
    expect(await kidsIn(file)).toEqual([old, fresh]);
    const promoted = await reportOf('promote');
    expect(promoted).toMatchObject({
      keys: [
        { kid: fresh, signs: true },
        { kid: old, signs: false },
      ],
      next: { waitSeconds: 900, command: 'gateway signing-keys retire' },
    });
    expect(await kidsIn(file)).toEqual([fresh, old]);
    const retired = await reportOf('retire');
    expect(retired).toMatchObject({ keys: [{ kid: fresh, signs: true }], next: { waitSeconds: 0, command: null } });
    expect(await kidsIn(file)).toEqual([fresh]);
    expect(readdirSync(join(file, '..'))).toEqual(['signing-keys.json']);
  });

  test('tell a person the same in words, and never a private key', async () => {
    const said: string[] = [];
    const privates: string[] = [];
    for (const name of ['add', 'promote', 'retire'] as const) {
      const { code, stdout, stderr } = await step(name);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      for (const kid of await kidsIn(file)) expect(stdout).toContain(kid);
      privates.push(...(JSON.parse(readFileSync(file, 'utf8')) as { keys: { d: string }[] }).keys.map(({ d }) => d));
      said.push(stdout);
    }
    expect(said[0]).toMatch(/At least 5 minutes after the last restart: gateway signing-keys promote/);
    expect(said[1]).toMatch(/At least 15 minutes after the last restart: gateway signing-keys retire/);
    expect(said[2]).toMatch(/Next: restart every process\./);
    for (const d of privates) expect(said.join('')).not.toContain(d);
  });

  test('work on the file that --file names, whatever is set and without the settings of a process', async () => {
    const [old] = await kidsIn(file);
    const report = await reportOf('add', ['--file', file], {
      NODE_ENV: 'production',
      GATEWAY_SIGNING_KEYS: join(root, 'nowhere.json'),
    });
    expect(kidsOf(report)[0]).toBe(old);
    expect(await kidsIn(file)).toEqual(kidsOf(report));
  });

  test('change the keys of the data directory where nothing is set, which its next process starts with', async () => {
    using directory = newDataDirectory();
    const env = { GATEWAY_DATA_DIR: directory.path };
    const published = async () => {
      await using gateway = await startProcess(['serve'], env);
      const { keys } = (await (await fetch(`${gateway.url}/.well-known/jwks.json`)).json()) as {
        keys: { kid: string }[];
      };
      return keys.map(({ kid }) => kid);
    };
    const [old] = await published();
    const report = await reportOf('add', [], env);
    expect(report.file).toBe(join(directory.path, 'signing-keys.json'));
    expect(kidsOf(report)[0]).toBe(old);
    expect(await published()).toEqual(kidsOf(report));
  });

  test('keep the mode of the file, and close to others what was open to them', async () => {
    expect((await reportOf('add')).narrowedFrom).toBeUndefined();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    chmodSync(file, 0o644);
    expect((await reportOf('promote')).narrowedFrom).toBe('0644');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    chmodSync(file, 0o640);
    expect((await step('retire')).stdout).toContain('Its mode was 0640: now its user alone reads it.');
  });
});

describe('signing-keys leaves the file as it was, and says in one line what to do,', () => {
  const refused = async (...asked: Parameters<typeof step>) => {
    const before = readFileSync(file, 'utf8');
    const { code, stdout, stderr } = await step(...asked);
    expect({ code, stdout, lines: stderr.trim().split('\n').length }).toEqual({ code: 1, stdout: '', lines: 1 });
    expect(readFileSync(file, 'utf8')).toBe(before);
    return stderr;
  };

  test('where promote finds one key, which signs', async () => {
    expect(await refused('promote')).toContain('gateway signing-keys add');
  });

  test('where retire finds one key, without which every token is refused', async () => {
    expect(await refused('retire')).toContain('gateway signing-keys add');
  });

  test('where retire would take out the key that was added and does not sign yet', async () => {
    await reportOf('add');
    expect(await refused('retire')).toContain('gateway signing-keys promote');
  });

  test('where promote is called again, and would bring back the key that is to be retired', async () => {
    await reportOf('add');
    await reportOf('promote');
    expect(await refused('promote')).toContain('gateway signing-keys retire');
  });

  test('where no process would start with the file', async () => {
    const [key] = (JSON.parse(newKeySet()) as { keys: { d?: string }[] }).keys;
    const { d, ...open } = key as { d: string };
    for (const text of [
      'no JSON',
      '{}',
      '{"keys":[]}',
      JSON.stringify({ keys: [open] }),
      JSON.stringify({ keys: [key, key] }),
    ]) {
      writeFileSync(file, text);
      const said = await refused('add');
      expect(said).toContain(`No process would start with ${file}`);
      expect(said).not.toContain(d);
    }
  });

  test('where the setting holds the keys themselves', async () => {
    const set = newKeySet();
    const said = await refused('add', [], { GATEWAY_SIGNING_KEYS: set });
    expect(said).toContain('--file');
    expect(said).not.toContain((JSON.parse(set) as { keys: { d: string }[] }).keys[0]?.d);
  });

  test('where there is no file, in the data directory neither', async () => {
    const nowhere = join(root, 'nowhere', 'keys.json');
    expect(await refused('add', ['--file', nowhere])).toMatch(/is not there: .*gateway signing-keys create/);
    expect(await refused('add', [], { GATEWAY_DATA_DIR: join(root, 'nowhere') })).toContain('is not there');
  });

  test('where nothing can be written beside it, as on a mount that is read only', async () => {
    // A file whose directory takes no other, from root neither.
    expect(await refused('add', ['--file', '/sys/devices/system/cpu/online'])).toMatch(
      /cannot be changed .* --file on a copy/,
    );
  });

  test('where another command is changing it', async () => {
    copyFileSync(file, `${file}.new`);
    expect(await refused('add')).toContain('another command is changing');
  });
});
