/** `gateway operations`: publishing the operations of a client, and telling whether it would work with a schema. */
import { type Command, Option } from 'commander';
import type { Answering } from './answering.js';

interface PublishOptions {
  url?: string;
  key?: string;
  workspace?: string;
}

/** Adds the group to the program. */
export function addOperationsCommands(program: Command, { isJson, answer, administer }: Answering): void {
  const operations = program
    .command('operations')
    .description('GraphQL operations that are published, and run by their id');

  operations
    .command('publish')
    .description('publish the operations of a client: all of a call, or none where one has a fault')
    .argument('<file>', "Apollo's manifest, codegen's persisted-documents.json, or a folder of .graphql files")
    .option('--url <url>', 'where a gateway runs; without it the database of this environment is used')
    // A command line is read by whoever may list processes; an environment is not.
    .addOption(new Option('--key <key>', 'a secret key with operations:write, for --url').env('GATEWAY_KEY'))
    .addOption(
      // A key has a workspace of its own: another that is named would be left out without a word.
      new Option(
        '--workspace <id>',
        'the id of the workspace, without --url; by default the only one, or else the demo',
      ).conflicts('url'),
    )
    .action(async (file: string, { url, key, workspace }: PublishOptions, command: Command) => {
      // A key of the environment may be there for other commands.
      const isKeyMeant = url !== undefined || command.getOptionValueSource('key') === 'cli';
      if (isKeyMeant && !(url && key)) throw new Error('--url and --key, or GATEWAY_KEY, are given together');
      const { publishFrom, overHttp } = await import('./publish-operations.js');
      const progress = (done: number, of: number) => {
        if (!isJson()) process.stderr.write(`${done} of ${of}\n`);
      };
      const describe = ({ published, alreadyPublished }: { published: number; alreadyPublished: number }) =>
        `Published ${published}; ${alreadyPublished} had been before.`;
      if (url && key) {
        return answer(await publishFrom(file, overHttp(url, key), progress), describe);
      }
      await administer((administration) => {
        const where = workspace === undefined ? {} : { workspace };
        return publishFrom(
          file,
          (batch) => administration.publishOperations({ ...where, operations: batch }),
          progress,
        );
      }, describe);
    });

  operations
    .command('check')
    .description('tell whether a client would work with a schema: exit 1 and a list where it would not')
    .argument('<file>', 'as for publish')
    .requiredOption('--schema <schema>', 'required: a file of SDL, or the URL of one, such as https://…/schema.graphql')
    .option('--key <key>', 'a secret key, for the schema of a gateway in production')
    .action(async (file: string, { schema, key }: { schema: string; key?: string }) => {
      const { checkOperations, describeReport } = await import('./check-operations.js');
      const report = await checkOperations(file, schema, key);
      await answer(report, describeReport);
      if (report.failed.length > 0) process.exitCode = 1;
    });
}
