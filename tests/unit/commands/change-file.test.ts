import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { changeFile } from '../../../src/commands/change-file.js';

const root = mkdtempSync(join(tmpdir(), 'change-file-'));
afterAll(() => rmSync(root, { recursive: true }));

/** A directory of one file. */
function fileOf(text: string, mode = 0o600) {
  const directory = mkdtempSync(join(root, 'of-'));
  const path = join(directory, 'keys.json');
  writeFileSync(path, text);
  chmodSync(path, mode);
  return {
    directory,
    path,
    text: () => readFileSync(path, 'utf8'),
    mode: () => statSync(path).mode & 0o777,
    names: () => readdirSync(directory),
  };
}
const upper = async (text: string) => text.toUpperCase();

test.each([
  [0o600, 0o600, undefined],
  [0o400, 0o400, undefined],
  [0o644, 0o600, 0o644],
  [0o660, 0o600, 0o660],
])('a file of mode %o is one of mode %o, and nothing is left beside it', async (before, after, narrowedFrom) => {
  const file = fileOf('old', before);
  expect(await changeFile(file.path, upper)).toEqual({ mode: after, narrowedFrom });
  expect({ text: file.text(), mode: file.mode(), names: file.names() }).toEqual({
    text: 'OLD',
    mode: after,
    names: ['keys.json'],
  });
});

test('the file is replaced whole: whoever has it open reads on in the old one', async () => {
  const file = fileOf('old');
  const before = statSync(file.path).ino;
  await changeFile(file.path, async (text) => {
    expect({ text, still: file.text() }).toEqual({ text: 'old', still: 'old' });
    return 'new';
  });
  expect(file.text()).toBe('new');
  expect(statSync(file.path).ino).not.toBe(before);
});

test('behind a link the file that it leads to is changed, and the link stays', async () => {
  const file = fileOf('old');
  const link = join(file.directory, 'link.json');
  symlinkSync(file.path, link);
  await changeFile(link, upper);
  expect({ text: file.text(), isLink: lstatSync(link).isSymbolicLink() }).toEqual({ text: 'OLD', isLink: true });
});

test('a change that is refused leaves the file as it was, and nothing beside it', async () => {
  const file = fileOf('old', 0o644);
  const refuse = async () => {
    throw new Error('no sense');
  };
  await expect(changeFile(file.path, refuse)).rejects.toThrow('no sense');
  expect({ text: file.text(), mode: file.mode(), names: file.names() }).toEqual({
    text: 'old',
    mode: 0o644,
    names: ['keys.json'],
  });
});

test('of two changes at once one is refused, and undoes nothing of the other', async () => {
  const file = fileOf('old');
  const append = async (text: string) => `${text}+`;
  const outcomes = await Promise.allSettled([changeFile(file.path, append), changeFile(file.path, append)]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  expect(String((outcomes[1] as PromiseRejectedResult).reason)).toMatch(/another command is changing/);
  expect({ text: file.text(), names: file.names() }).toEqual({ text: 'old+', names: ['keys.json'] });
});

test('what stands where the draft would be is neither written into nor followed', async () => {
  const file = fileOf('old');
  const elsewhere = join(file.directory, 'elsewhere');
  writeFileSync(elsewhere, 'theirs');
  symlinkSync(elsewhere, `${file.path}.new`);
  await expect(changeFile(file.path, upper)).rejects.toThrow(`${file.path}.new is there`);
  expect([file.text(), readFileSync(elsewhere, 'utf8')]).toEqual(['old', 'theirs']);
});

test('a file that is not there, or lies where nothing can be written, is told with what to do', async () => {
  await expect(changeFile(join(root, 'nowhere'), upper)).rejects.toThrow(/cannot be read \(ENOENT\)/);
  // Not even root makes a file there, as on a mount that is read only.
  await expect(changeFile('/sys/devices/system/cpu/online', upper)).rejects.toThrow(/cannot be changed .* --file/);
});
