/** `gateway signing-keys`: making the keys that tokens are signed with, and rotating them. */
import type { Command } from 'commander';
import type { KeySetStep } from '../sessions/rotate-key-set.js';
import type { Answering } from './answering.js';

const ROTATION = `
A rotation is three commands, each followed by a restart of every process; each says how long to wait for the next:
add, promote, retire. Processes read the file when they start, and no token is refused on the way.`;

/** Adds the group to the program. */
export function addSigningKeysCommands(program: Command, { answer }: Answering): void {
  const keys = program
    .command('signing-keys')
    .description('the keys that tokens are signed with')
    .addHelpText('after', ROTATION);

  keys
    .command('create')
    .description(
      'make a key and show it as a JWK Set, to be kept in the file that GATEWAY_SIGNING_KEYS names; changes nothing',
    )
    .action(async () => {
      const [{ newKeySet }, { say }] = await Promise.all([import('../sessions/signing-keys.js'), import('./say.js')]);
      say(newKeySet());
    });

  const step = (name: KeySetStep, description: string) =>
    keys
      .command(name)
      .description(description)
      .option(
        '--file <path>',
        'the JWK Set that is changed; by default the file that GATEWAY_SIGNING_KEYS names, or signing-keys.json in GATEWAY_DATA_DIR',
      )
      .addHelpText('after', ROTATION)
      .action(async ({ file }: { file?: string }) => {
        const { rotateSigningKeys, describeRotation } = await import('./rotate-signing-keys.js');
        await answer(await rotateSigningKeys(name, file), describeRotation);
      });
  step('add', 'put a fresh key behind the others, which publishes it');
  step('promote', 'put the newest key in the first place, where it signs');
  step('retire', 'take out every key but the first, which signs');
}
