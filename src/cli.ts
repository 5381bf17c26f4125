/** The one process entry. Commands are imported when they are called, so that `--help` is quick. */
import { readFileSync } from 'node:fs';
import { setDefaultAutoSelectFamilyAttemptTimeout } from 'node:net';
import { Command } from 'commander';
import { answering } from './commands/answering.js';
import { addEventsCommands } from './commands/events-commands.js';
import { addHelpCommand } from './commands/help.js';
import { addKeysCommands } from './commands/keys-commands.js';
import { addOperationsCommands } from './commands/operations-commands.js';
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
    tell(report.reason ?? `${count} ${count === 1 ? 'migration is' : 'migrations are'} pending; run gateway migrate`);
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
addOperationsCommands(program, answers);
addEventsCommands(program, answers);
addHelpCommand(program);

// The kernel drops signals that process 1 of a container has no handler for: without one, a stop while it starts, or
// of any other command, would wait for the kill.
if (process.pid === 1) endAtSignals();

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`gateway: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
