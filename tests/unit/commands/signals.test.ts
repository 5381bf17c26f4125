import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';

const module = new URL('../../../src/commands/signals.ts', import.meta.url).href;

/** Runs a program behind `endAtSignals`, and sends it a signal as soon as it says something. */
async function endedBy(signal: NodeJS.Signals, program: string) {
  const source = `import { endAtSignals } from '${module}'; endAtSignals(); ${program}; setInterval(() => {}, 1000); console.log('ready');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  child.kill(signal);
  await once(child, 'close');
  return { code: child.exitCode, signal: child.signalCode };
}

test.each([
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const)(
  '%s ends a process by itself, also the first of a container, where the kernel would drop it',
  async (signal, code) => {
    expect(await endedBy(signal, '')).toEqual({ code, signal: null });
  },
);

test('who listens to the signal decides alone when the process ends', async () => {
  expect(await endedBy('SIGTERM', "process.once('SIGTERM', () => setTimeout(() => process.exit(7), 50))")).toEqual({
    code: 7,
    signal: null,
  });
});
