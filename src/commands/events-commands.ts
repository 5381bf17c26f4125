/** `gateway events`: following what happens in a workspace, by the API alone. */
import { type Command, Option } from 'commander';
import type { Answering } from './answering.js';

interface EventOptions {
  url: string;
  key: string;
  type?: string[];
}

/** Adds the group to the program. */
export function addEventsCommands(program: Command, { isJson }: Answering): void {
  const events = program.command('events').description('what happened in a workspace, as webhooks tell it');

  const eventCommand = (name: string, description: string) =>
    events
      .command(name)
      .description(description)
      .option('--url <url>', 'the gateway', 'http://127.0.0.1:4000')
      .addOption(
        // A command line is read by whoever may list processes; an environment is not.
        new Option(
          '--key <key>',
          'required: a secret key with workspace:read; workspace:write too where no endpoint asks for these events',
        )
          .env('GATEWAY_KEY')
          .makeOptionMandatory(),
      )
      .option('--type <types>', 'a comma list of types such as verification.verified; by default all', (text) =>
        text.split(','),
      );

  eventCommand('tail', 'show events as they happen, until it is interrupted').action(async (options: EventOptions) => {
    const { tailEvents } = await import('./follow-events.js');
    await tailEvents({ ...options, json: isJson() });
  });

  eventCommand('listen', 'forward events to a URL as they happen, signed with a secret of the moment: for development')
    .requiredOption('--forward-to <url>', 'required: where they are posted, such as http://localhost:3000/webhooks')
    .action(async (options: EventOptions & { forwardTo: string }) => {
      const { listenForEvents } = await import('./follow-events.js');
      await listenForEvents({ ...options, json: isJson() });
    });
}
