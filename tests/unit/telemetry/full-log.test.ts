/** A log that cannot be written, as on a full disk: the process goes on, and ends when it is to. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { waitFor } from '../../support/wait-for.js';

const directory = mkdtempSync(join(tmpdir(), 'gateway-log-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const LOGGER = new URL('../../../src/telemetry/logger.ts', import.meta.url).href;
/** Logs 20 MB, then a line every ten milliseconds until it is told to end. */
const PROGRAM = `
  const { createLogger } = await import('${LOGGER}');
  const logger = createLogger('info');
  for (let count = 0; count < 20_000; count += 1) {
    logger.info({ count, filler: 'x'.repeat(1_000) }, 'many');
    if (count % 100 === 0) await new Promise(setImmediate);
  }
  const ticking = setInterval(() => logger.info('later'), 10);
  process.stdout.write('logged');
  process.stdin.once('data', () => { clearInterval(ticking); process.stdin.destroy(); logger.info('last'); });
`;

/** The program with its log in a place of the shell's words; SIGKILLed after fifteen seconds. */
async function startLogging(place: string) {
  const script = `${place}; exec "$0" --input-type=module -e "$1"`;
  const child = spawn('/bin/sh', ['-c', script, process.execPath, PROGRAM], {
    stdio: ['pipe', 'pipe', 'ignore'],
    timeout: 15_000,
    killSignal: 'SIGKILL',
  });
  await once(child.stdout, 'data');
  const end = async () => {
    const ended = once(child, 'close');
    child.stdin.write('end');
    return await ended;
  };
  return { pid: child.pid as number, end };
}

test('a full disk under the log ends no process, and does not keep one from its end', async () => {
  const program = await startLogging('exec 2>/dev/full');
  expect(await program.end()).toEqual([0, null]);
});

test('once there is room again, lines are written again: those that were kept, within a bound, and new ones', async () => {
  const path = join(directory, 'log');
  // A size that no file may pass, of 512 bytes or 1024 by the shell, until it is lifted from outside.
  const program = await startLogging(`exec 2>>'${path}'; ulimit -S -f 1`);
  expect(statSync(path).size).toBeLessThanOrEqual(1_024);
  await once(spawn('prlimit', ['--pid', String(program.pid), '--fsize=unlimited']), 'close');
  await waitFor('it is written again', () => readFileSync(path, 'utf8').includes('"msg":"later"'));
  expect(await program.end()).toEqual([0, null]);
  const lines = readFileSync(path, 'utf8').trim().split('\n');
  const said = lines.map((line) => JSON.parse(line) as { msg: string; count?: number });
  expect(said[0]).toMatchObject({ msg: 'many', count: 0 });
  expect(said.at(-1)).toMatchObject({ msg: 'last' });
  expect(said.filter(({ msg }) => msg === 'many').length).toBeLessThan(2_000);
});
