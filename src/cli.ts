/** The one process entry. Commands are imported when they are called, so that `--help` is quick. */
import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { endAtSignals } from './commands/signals.js';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const program = new Command('gateway')
  .description('Identity Gateway: one GraphQL endpoint for email and phone verification.')
  .version(version)
  .option('--json', 'answer with one JSON document on standard output')
  .configureHelp({ showGlobalOptions: true });

const isJson = (): boolean => program.opts<{ json?: boolean }>().json === true;

function oneOf<const Values extends readonly string[]>(...values: Values) {
  return (text: string): Values[number] => {
    if (values.includes(text)) return text;
    throw new InvalidArgumentError(`It is one of ${values.join(', ')}.`);
  };
}

program
  .command('serve')
  .description('serve HTTP and work the queue; migrates first where GATEWAY_MIGRATE allows')
  .option('--no-work', 'serve only')
  .action(async ({ work }: { work: boolean }) => {
    const { serve } = await import('./commands/serve.js');
    await serve({ serve: true, work, json: isJson() });
  });

program
  .command('work')
  .description('work the queue only')
  .action(async () => {
    const { serve } = await import('./commands/serve.js');
    await serve({ serve: false, work: true, json: isJson() });
  });

program
  .command('migrate')
  .description('bring the database up to date')
  .option('--check', 'only look: exit 1 where it is not')
  .action(async ({ check = false }: { check?: boolean }) => {
    const [{ migrateDatabase }, { say }] = await Promise.all([
      import('./commands/migrate.js'),
      import('./commands/say.js'),
    ]);
    const report = await migrateDatabase(check);
    const names = report.migrations.join(', ') || 'none';
    say(isJson() ? report : `${check ? 'Pending' : 'Ran'}: ${names}.`);
    if (!report.upToDate) process.exitCode = 1;
  });

program
  .command('doctor')
  .description('check configuration, database, migrations, providers, clock and proxies; sends nothing')
  .action(async () => {
    const [{ diagnose }, { say }] = await Promise.all([import('./commands/doctor.js'), import('./commands/say.js')]);
    const checks = await diagnose();
    const ok = checks.every((each) => each.ok);
    const lines = checks.map((each) => `${each.ok ? 'ok  ' : 'FAIL'}  ${each.check}: ${each.detail}`);
    say(isJson() ? { ok, checks } : lines.join('\n'));
    if (!ok) process.exitCode = 1;
  });

program
  .command('workspaces')
  .description('workspaces: a business and its settings')
  .command('create')
  .description('make a workspace')
  .requiredOption('--name <name>', 'what it is called')
  .action(async (request: { name: string }) => {
    await administer(
      (administration) => administration.createWorkspace(request),
      ({ id, name }) => `${id}  ${name}`,
    );
  });

program
  .command('signing-keys')
  .description('the keys that tokens are signed with')
  .command('create')
  .description('make a key and show it as a JWK Set, for GATEWAY_SIGNING_KEYS; changes nothing')
  .action(async () => {
    const [{ newKeySet }, { say }] = await Promise.all([
      import('./sessions/signing-keys.js'),
      import('./commands/say.js'),
    ]);
    say(newKeySet());
  });

const keys = program.command('keys').description('API keys of a workspace');

interface KeyOptions {
  workspace?: string;
  kind: 'secret' | 'publishable';
  mode: 'test' | 'live';
  name: string;
  scopes?: string[];
  persistedOnly?: boolean;
  merchant?: string;
  expires?: string;
  allowedIps?: string[];
}

keys
  .command('create')
  .description('make a key and show it, this once; works beside a running server')
  .option('--workspace <id>', 'the workspace; by default the only one')
  .requiredOption('--kind <kind>', 'secret or publishable', oneOf('secret', 'publishable'))
  .requiredOption('--mode <mode>', 'test or live', oneOf('test', 'live'))
  .option('--name <name>', 'what it is called', 'cli')
  .option('--scopes <scopes>', 'a comma list; by default all that the kind may hold', (text) => text.split(','))
  .option('--persisted-only', 'runs published operations only')
  .option('--merchant <id>', 'the merchant it acts for')
  .option('--expires <time>', 'when it ends, in RFC 3339; by default when it is revoked')
  .option('--allowed-ips <ranges>', 'a comma list of addresses and CIDR ranges; by default all', (text) =>
    text.split(',').map((range) => range.trim()),
  )
  .action(async (options: KeyOptions) => {
    const { workspace, kind, mode, name, scopes, persistedOnly = false, merchant, expires, allowedIps } = options;
    const request = {
      kind: kind === 'secret' ? ('SECRET' as const) : ('PUBLISHABLE' as const),
      mode: mode === 'test' ? ('TEST' as const) : ('LIVE' as const),
      name,
      persistedOnly,
      ...(workspace !== undefined && { workspace }),
      ...(scopes !== undefined && { scopes }),
      ...(merchant !== undefined && { merchantId: merchant }),
      ...(expires !== undefined && { expiresAt: expires }),
      ...(allowedIps !== undefined && { allowedIps }),
    };
    const show = ({ id, secret }: { id: string; secret: string }) => `${id}\n${secret}\nIt is shown this once.`;
    await administer(async (administration) => {
      const key = await administration.createKey(request);
      return { id: key.id, secret: key.secret, kind, mode, scopes: key.scopes };
    }, show);
  });

keys
  .command('revoke')
  .description('end a key; every process refuses it within five seconds')
  .argument('<id>', 'the id of the key')
  .action(async (id: string) => {
    await administer(
      (administration) => administration.revokeKey({ id }),
      ({ revoked }) => (revoked ? 'Revoked.' : 'There is no such key, or it was revoked before.'),
    );
  });

const operations = program.command('operations').description('operations that clients run by their id');

operations
  .command('publish')
  .description('publish the operations of a client: all of a call, or none where one has a fault')
  .argument('<file>', "Apollo's manifest, codegen's persisted-documents.json, or a folder of .graphql files")
  .option('--url <url>', 'a running gateway; by default the database or the server beside it')
  .option('--key <key>', 'a secret key with operations:write, for --url')
  .option('--workspace <id>', 'the workspace, without --url; by default the only one')
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
  .requiredOption('--schema <schema>', 'a file of SDL, or the URL of one, such as https://…/schema.graphql')
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

const events = program.command('events').description('what happened, as endpoints are told of it');

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
    .requiredOption('--key <key>', 'a secret key with workspace:read, and workspace:write where no endpoint is told')
    .option('--type <types>', 'a comma list of types; by default all', (text) => text.split(','));

eventCommand('tail', 'show events as they happen, until it is interrupted').action(async (options: EventOptions) => {
  const { tailEvents } = await import('./commands/follow-events.js');
  await tailEvents({ ...options, json: isJson() });
});

eventCommand('listen', 'forward events to a URL as they happen, signed with a secret of the moment: for development')
  .requiredOption('--forward-to <url>', 'where they are posted, such as http://localhost:3000/webhooks')
  .action(async (options: EventOptions & { forwardTo: string }) => {
    const { listenForEvents } = await import('./commands/follow-events.js');
    await listenForEvents({ ...options, json: isJson() });
  });

async function administer<T>(
  work: Parameters<typeof import('./commands/administer.js').withAdministration<T>>[0],
  describe: (answer: T) => string,
): Promise<void> {
  const [{ withAdministration }, { say }] = await Promise.all([
    import('./commands/administer.js'),
    import('./commands/say.js'),
  ]);
  const answer = await withAdministration(work);
  say(isJson() ? answer : describe(answer));
}

// The kernel drops signals that process 1 of a container has no handler for: without one, a stop while it starts, or
// of any other command, would wait for the kill.
if (process.pid === 1) endAtSignals();

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`gateway: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
