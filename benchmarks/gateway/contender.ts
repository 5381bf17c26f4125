/** How the benchmark starts, fills and asks the gateway: by its command line and its API, as any operator would. */
import { execFile } from 'node:child_process';
import { hash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import pg from 'pg';
import { pastVerifications } from '../../tests/support/past-verifications.ts';
import { type Contender, type Customer, emailOf, phoneOf, REGION, SAVED_METHODS, type Target } from '../contender.ts';
import { graphqlWorkloads, PUBLISHED_READ, persistedRead, READ } from '../graphql-calls.ts';

const CLI = 'dist/cli.js';
/** Of its workspace. */
const NAME = 'Benchmark';
const CONCURRENCY = 16;
const CREATE = `mutation Create($input: CreateCustomerInput!) {
  createCustomer(input: $input) { id }
}`;

const SAVE = `mutation Save($input: SaveMethodInput!) {
  saveMethod(input: $input) { id }
}`;

export const gateway: Contender = {
  name: 'gateway',
  command: [CLI, 'serve'],
  environment: (scratch) => ({
    GATEWAY_DATA_DIR: scratch,
    GATEWAY_LIMIT_SCALE: '1000000',
    GATEWAY_MIGRATE: 'auto',
    LOG_LEVEL: 'warn',
  }),
  probe: '/readyz',
  unavailable: () => (existsSync(CLI) ? undefined : `${CLI} is not there: run npm run build`),

  async seed(target, { readers, newcomers }) {
    const workspace = await runCli(target, ['workspaces', 'create', '--name', NAME]);
    await requireVerification(target, workspace.id);
    const keyOf = async (kind: string) => {
      const options = ['--kind', kind, '--mode', 'test', '--name', 'benchmark'];
      return (await runCli(target, ['keys', 'create', '--workspace', workspace.id, ...options])).secret;
    };
    const [credential, pageCredential] = [await keyOf('secret'), await keyOf('publishable')];
    await publishRead(target, credential);
    const customers = await createCustomers(target, credential, readers + newcomers, readers);
    return { credential, pageCredential, readers: customers.slice(0, readers), newcomers: customers.slice(readers) };
  },

  // Asked of the queue: a step whose verification is finished before its turn is never sent and stays as it was.
  undelivered: `SELECT count(*)::int AS count FROM pgboss.job
    WHERE name = 'verification-deliver' AND state IN ('created', 'retry', 'active')`,
  history: pastVerifications(`(SELECT id FROM workspace WHERE name = '${NAME}')`),
  headers: (credential) => ({ authorization: `Bearer ${credential}`, 'content-type': 'application/json' }),
  workloads: { ...graphqlWorkloads('/graphql'), 'persisted read': persistedRead('/graphql', PUBLISHED_READ) },
};

async function runCli({ environment }: Target, args: string[]) {
  const { stdout } = await promisify(execFile)(process.execPath, [CLI, ...args, '--json'], { env: environment });
  return JSON.parse(stdout) as { id: string; secret: string };
}

async function publishRead({ baseUrl }: Target, credential: string): Promise<void> {
  const query = 'mutation ($input: PublishOperationsInput!) { publishOperations(input: $input) { published } }';
  const operations = [{ id: hash('sha256', READ, 'hex'), body: READ }];
  const answer = await fetch(`${baseUrl}/graphql`, {
    method: 'POST',
    headers: gateway.headers(credential),
    body: JSON.stringify({ query, variables: { input: { operations } } }),
  });
  const { errors } = (await answer.json()) as { errors?: unknown };
  if (errors) throw new Error(`publishOperations answered ${answer.status}: ${JSON.stringify(errors)}`);
}

/** Makes both channels required before the workspace is used for the first time. */
async function requireVerification({ databaseUrl }: Target, workspaceId: string): Promise<void> {
  const database = new pg.Client({ connectionString: databaseUrl });
  await database.connect();
  try {
    const policy = JSON.stringify([{ region: REGION, channels: ['EMAIL', 'PHONE'] }]);
    const statement = 'UPDATE workspace SET contact_verification_policy = $1 WHERE id = $2';
    await database.query(statement, [policy, workspaceId.replace('Workspace:', '')]);
  } finally {
    await database.end();
  }
}

/** The first `readers` of them have saved methods. */
async function createCustomers({ baseUrl }: Target, credential: string, count: number, readers: number) {
  const customers: Customer[] = [];
  let next = 0;
  const ask = async (query: string, input: object) => {
    const answer = await fetch(`${baseUrl}/graphql`, {
      method: 'POST',
      headers: gateway.headers(credential),
      body: JSON.stringify({ query, variables: { input } }),
    });
    const { data, errors } = (await answer.json()) as { data?: Record<string, { id: string }>; errors?: unknown };
    const [made] = Object.values(data ?? {});
    if (!made) throw new Error(`Filling was answered with ${answer.status}: ${JSON.stringify(errors)}`);
    return made.id;
  };
  const create = async () => {
    while (next < count) {
      const index = next++;
      const [email, phone] = [emailOf(index), phoneOf(index)];
      const details = { region: REGION, currencies: ['EUR', 'USD'], email, phone };
      const id = await ask(CREATE, { platformCustomerId: `customer-${index}`, ...details });
      customers[index] = { id, email, phone };
      for (const method of index < readers ? SAVED_METHODS : []) {
        const processor = { merchantId: 'merchant', instrumentId: `PI-${index}`, fingerprint: `FP-${method.last4}` };
        await ask(SAVE, { customerId: id, ...processor, ...method });
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, create));
  return customers;
}
