/** The Apollo Client example, built as a product would be, beside the built gateway; its key runs published operations only. */
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, preview } from 'vite';
import { type Caller, type CustomerView, createCaller } from './caller.js';
import { newDataDirectory } from './embedded-template.js';
import { type Running, runGateway, startProcess } from './processes.js';

const EXAMPLE = fileURLToPath(new URL('../../examples/apollo-client/', import.meta.url));

export interface Example extends AsyncDisposable {
  /** Where the page is. */
  readonly url: string;
  readonly gateway: Running;
  /** A backend that holds a secret key. */
  readonly backend: Caller;
  /** A customer of no other test, who can sign in. */
  person(): Promise<CustomerView & { email: string; phone: string }>;
}

export async function startExample(): Promise<Example> {
  await using starting = new AsyncDisposableStack();
  const directory = starting.use(newDataDirectory());
  const env = { GATEWAY_DATA_DIR: directory.path };
  const gateway = starting.use(await startProcess(['serve'], env));
  const command = async <Result>(...args: string[]) => {
    const { code, stdout, stderr } = await runGateway([...args, '--json'], env);
    if (code !== 0) throw new Error(`gateway ${args.join(' ')}: ${stderr}`);
    return JSON.parse(stdout) as Result;
  };
  const key = async (kind: string, ...more: string[]) =>
    (await command<{ secret: string }>('keys', 'create', '--kind', kind, '--mode', 'test', ...more)).secret;
  await command('operations', 'publish', join(EXAMPLE, 'src/generated/persisted-documents.json'));
  process.env['VITE_PUBLISHABLE_KEY'] = await key('publishable', '--persisted-only');

  const outDir = await mkdtemp(join(tmpdir(), 'gateway-example-'));
  starting.defer(() => rmSync(outDir, { recursive: true, force: true }));
  const shared = { configFile: join(EXAMPLE, 'vite.config.ts'), logLevel: 'error' } as const;
  await build({ ...shared, build: { outDir, emptyOutDir: true } });
  const proxy = { '/graphql': gateway.url };
  const server = await preview({ ...shared, build: { outDir }, preview: { host: '127.0.0.1', port: 0, proxy } });
  starting.defer(() => server.close());

  const backend = createCaller(gateway.url, await key('secret'));
  let people = 0;
  const resources = starting.move();
  return {
    url: server.resolvedUrls?.local[0] as string,
    gateway,
    backend,
    async person() {
      people += 1;
      const contacts = { email: `person-${people}@shop.example`, phone: `+1415555${1000 + people}` };
      const customer = await backend.createCustomer({ region: 'DE', ...contacts });
      return { ...customer, ...contacts };
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
