/** `gateway secrets`: making a GATEWAY_SECRET, and seeing what an older one is still needed for. */
import type { Command } from 'commander';
import type { Answering } from './answering.js';

/** Adds the group to the program. */
export function addSecretsCommands(program: Command, { answer }: Answering): void {
  const secrets = program
    .command('secrets')
    .description('GATEWAY_SECRET, which the keys of codes, links and everything sealed are derived from');

  secrets
    .command('create')
    .description('make a secret for GATEWAY_SECRET and show it; changes nothing')
    .action(async () => {
      const { newSecret } = await import('./secrets.js');
      await answer({ secret: newSecret() }, ({ secret }) => secret);
    });

  secrets
    .command('status')
    .description(
      'show how much is under each secret of GATEWAY_SECRET, and which can be removed; shows no secret, changes nothing, and exits with 1 where something is under none of them',
    )
    .action(async () => {
      const { readSecretsStatus, describeSecrets } = await import('./secrets.js');
      const report = await readSecretsStatus();
      await answer(report, describeSecrets);
      if (report.lost.length > 0) process.exitCode = 1;
    });
}
