/** The one process entry. Commands are imported when they are called, so that `--help` is quick. */
import { readFileSync } from 'node:fs';
import { setDefaultAutoSelectFamilyAttemptTimeout } from 'node:net';
import { Command, Option } from 'commander';
import { answering } from './commands/answering.js';
import { addKeysCommands } from './commands/keys-commands.js';
import { addSecretsCommands } from './commands/secrets-commands.js';
import { endAtSignals } from './commands/signals.js';
import { addSigningKeysCommands } from './commands/signing-keys-commands.js';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
// Of a name with several addresses Node gives each but the last 250 ms, and the last is IPv6, which many hosts have not:
// no handshake around the world would ever end.
setDefaultAutoSelectFamilyAttemptTimeout(1_000);

const program = new Command('gateway')
  .description('Identity Gateway: one GraphQL endpoint for email and phone verification.')
  .version(version)
  .option('--json', 'answer with one JSON document on standard output')
  .configureHelp({ showGlobalOptions: true })
  // One line: what a word may have been meant for stands behind the fault.
  .configureOutput({ outputError: (text, write) => write(`${text.trim().replaceAll(/\s*\n\s*/g, ' ')}\n`) })
  .addHelpText(
    'after',
    `
Settings are read from the environment; docs/configuration.md lists them. Without DATABASE_URL there is an embedded
database in GATEWAY_DATA_DIR, and \`gateway serve\` is all that is needed to try it. docs/operators.md begins with what
a first production process takes.`,
  );

const answers = answering(program);
const { isJson, administer } = answers;

program
  .command('serve')
  .description('answer HTTP and work the queue, until it is told to stop; migrates first where GATEWAY_MIGRATE allows')
  .option('--no-work', 'answer HTTP only: another process must work the queue')
  .action(async ({ work }: { work: boolean }) => {
    const { serve } = await import('./commands/serve.js');
    await serve({ serve: true, work, json: isJson() });
  });

program
  .command('work')
  .description('work the queue only: send messages and webhooks, and remove what has run out')
  .action(async () => {
    const { serve } = await import('./commands/serve.js');
    await serve({ serve: false, work: true, json: isJson() });
  });

program
  .command('migrate')
  .description('bring the tables of the database up to date')
  .option('--check', 'change nothing: name what is pending, and exit with 1 where anything is')
  .action(async ({ check = false }: { check?: boolean }) => {
    const [{ migrateDatabase }, { say, tell }] = await Promise.all([
      import('./commands/migrate.js'),
      import('./commands/say.js'),
    ]);
    const report = await migrateDatabase(check);
    const names = report.migrations.join(', ') || 'none';
    say(isJson() ? report : `${check ? 'Pending' : 'Ran'}: ${names}.`);
    if (report.upToDate) return;
    const count = report.migrations.length;
    tell(`${count} ${count === 1 ? 'migration is' : 'migrations are'} pending; run gateway migrate`);
    process.exitCode = 1;
  });

program
  .command('doctor')
  .description(
    'check all that a process needs: configuration, database, replica, Redis, providers, proxies; sends nothing, and exits with 1 where anything fails',
  )
  .action(async () => {
    const [{ diagnose }, { summarizeFailures }, { say, tell }] = await Promise.all([
      import('./commands/doctor.js'),
      import('./commands/finding.js'),
      import('./commands/say.js'),
    ]);
    const checks = await diagnose();
    const failures = summarizeFailures(checks);
    const ok = failures === undefined;
    const lines = checks.map((each) => `${each.ok ? 'ok  ' : 'FAIL'}  ${each.check}: ${each.detail}`);
    say(isJson() ? { ok, checks } : lines.join('\n'));
    if (ok) return;
    tell(failures);
    process.exitCode = 1;
  });

program
  .command('workspaces')
  .description('a workspace is a business, its settings, keys and customers')
  .command('create')
  .description('make a workspace and show its id')
  .requiredOption('--name <name>', 'required: what it is called; messages name it')
  .action(async (request: { name: string }) => {
    await administer(
      (administration) => administration.createWorkspace(request),
      ({ id, name }) => `${id}  ${name}`,
    );
  });

addSigningKeysCommands(program, answers);
addKeysCommands(program, answers);
addSecretsCommands(program, answers);

const operations = program
  .command('operations')
  .description('GraphQL operations that are published, and run by their id');

operations
  .command('publish')
  .description('publish the operations of a client: all of a call, or none where one has a fault')
  .argument('<file>', "Apollo's manifest, codegen's persisted-documents.json, or a folder of .graphql files")
  .option('--url <url>', 'where a gateway runs; without it the database of this environment is used')
  .option('--key <key>', 'a secret key with operations:write, for --url')
  .option('--workspace <id>', 'the id of the workspace, without --url; by default the only one, or else the demo')
  .action(async (file: string, { url, key, workspace }: { url?: string; key?: string; workspace?: string }) => {
    if ((url === undefined) !== (key === undefined)) throw new Error('--url and --key are given together');
    const { publishFrom, overHttp } = await import('./commands/publish-operations.js');
    const progress = (done: number, of: number) => {
      if (!isJson()) process.stderr.write(`${done} of ${of}\n`);
    };
    const describe = ({ published, alreadyPublished }: { published: number; alreadyPublished: number }) =>
      `Published ${published}; ${alreadyPublished} had been before.`;
    if (url !== undefined && key !== undefined) {
      const { say } = await import('./commands/say.js');
      const outcome = await publishFrom(file, overHttp(url, key), progress);
      return say(isJson() ? outcome : describe(outcome));
    }
    await administer((administration) => {
      const where = workspace === undefined ? {} : { workspace };
      return publishFrom(file, (batch) => administration.publishOperations({ ...where, operations: batch }), progress);
    }, describe);
  });

operations
  .command('check')
  .description('tell whether a client would work with a schema: exit 1 and a list where it would not')
  .argument('<file>', 'as for publish')
  .requiredOption('--schema <schema>', 'required: a file of SDL, or the URL of one, such as https://…/schema.graphql')
  .option('--key <key>', 'a secret key, for the schema of a gateway in production')
  .action(async (file: string, { schema, key }: { schema: string; key?: string }) => {
    const [{ checkOperations, describeReport }, { say }] = await Promise.all([
      import('./commands/check-operations.js'),
      import('./commands/say.js'),
    ]);
    const report = await checkOperations(file, schema, key);
    say(isJson() ? report : describeReport(report));
    if (report.failed.length > 0) process.exitCode = 1;
  });

const events = program.command('events').description('what happened in a workspace, as webhooks tell it');

interface EventOptions {
  url: string;
  key: string;
  type?: string[];
}

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
  const { tailEvents } = await import('./commands/follow-events.js');
  await tailEvents({ ...options, json: isJson() });
});

eventCommand('listen', 'forward events to a URL as they happen, signed with a secret of the moment: for development')
  .requiredOption('--forward-to <url>', 'required: where they are posted, such as http://localhost:3000/webhooks')
  .action(async (options: EventOptions & { forwardTo: string }) => {
    const { listenForEvents } = await import('./commands/follow-events.js');
    await listenForEvents({ ...options, json: isJson() });
  });

// The kernel drops signals that process 1 of a container has no handler for: without one, a stop while it starts, or
// of any other command, would wait for the kill.
if (process.pid === 1) endAtSignals();

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`gateway: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
