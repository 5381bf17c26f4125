/** `gateway keys`: making, rotating and ending API keys. */
import { type Command, InvalidArgumentError } from 'commander';
import type { Answering } from './answering.js';

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

/** Adds the group to the program. */
export function addKeysCommands(program: Command, { administer }: Answering): void {
  const keys = program.command('keys').description('API keys of a workspace');

  keys
    .command('create')
    .description('make a key and show it, this once; a server may be running')
    .option(
      '--workspace <id>',
      'the id of its workspace, such as Workspace:0192…; by default the only one, or else the demo',
    )
    .requiredOption(
      '--kind <kind>',
      'required: secret (for a backend) or publishable (for a page or an app)',
      oneOf('secret', 'publishable'),
    )
    .requiredOption(
      '--mode <mode>',
      'required: test (nothing is sent, the code is 123456) or live',
      oneOf('test', 'live'),
    )
    .option('--name <name>', 'what it is called', 'cli')
    .option(
      '--scopes <scopes>',
      'what it may do, a comma list such as verifications:write,customers:read; by default all that its kind may hold',
      (text) => text.split(',').map((scope) => scope.trim()),
    )
    .option('--persisted-only', 'it runs published operations and no other text')
    .option('--merchant <id>', 'it saves and materializes payment methods of this merchant only')
    .option(
      '--expires <time>',
      'when it ends, such as 2027-12-31 or 2027-12-31T18:00:00Z; by default when it is revoked',
    )
    .option(
      '--allowed-ips <ranges>',
      'from where it is accepted, a comma list such as 203.0.113.0/24,2001:db8::7; by default from anywhere',
      (text) => text.split(',').map((range) => range.trim()),
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
    .command('rotate')
    .description(
      'make a key with the properties of another and show it, this once; the other one ends after the overlap, and a server may be running',
    )
    .argument('<id>', 'the id of the key that is replaced, such as ApiKey:0192…')
    .option(
      '--overlap <seconds>',
      'for how long the old key stays good, 0 to 604800, and no longer than it was good anyway; by default 86400, a day',
      wholeSeconds,
    )
    .action(async (id: string, { overlap }: { overlap?: number }) => {
      await administer(
        async (administration) => {
          const key = await administration.rotateKey({ id, ...(overlap !== undefined && { overlapSeconds: overlap }) });
          return { ...key, kind: key.kind.toLowerCase(), mode: key.mode.toLowerCase() };
        },
        ({ id: successor, secret, previous }) =>
          `${successor}\n${secret}\nIt is shown this once. ${previous.id} is good until ${previous.expiresAt}.`,
      );
    });

  keys
    .command('revoke')
    .description('end a key; every process refuses it within five seconds')
    .argument('<id>', 'the id of the key, such as ApiKey:0192…')
    .action(async (id: string) => {
      await administer(
        (administration) => administration.revokeKey({ id }),
        ({ revoked }) => (revoked ? 'Revoked.' : 'It was revoked before.'),
      );
    });
}

function oneOf<const Values extends readonly string[]>(...values: Values) {
  return (text: string): Values[number] => {
    if (values.includes(text)) return text;
    throw new InvalidArgumentError(`It is one of ${values.join(', ')}.`);
  };
}

function wholeSeconds(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is a whole number of seconds, 0 to 604800.');
}
