/** What a first start leaves behind, so that the first query can be pasted. */
import { commandActor } from '../access/audit.js';
import { type CreateCustomerInput, createCustomer } from '../customers/create.js';
import { type Database, runOne } from '../entities/database.js';
import type { Storage } from '../entities/storage.js';
import { globalId } from '../kernel/ids.js';
import { makeKey, makeWorkspace } from './administration.js';
import { DEMO_COMMAND } from './default-workspace.js';

export interface Demo {
  readonly workspaceId: string;
  readonly secretKey: string;
  readonly publishableKey: string;
  readonly customerId: string;
}

const ANY_WORKSPACE = 'select id from workspace limit 1';
const ACTOR = commandActor(DEMO_COMMAND);

const CUSTOMER: CreateCustomerInput = {
  platformCustomerId: 'demo-customer',
  customerType: 'INDIVIDUAL',
  umaAddress: undefined,
  region: 'DE',
  currencies: ['EUR'],
  email: 'ada@example.com',
  phone: '+4915112345678',
  locale: 'de-DE',
};

/** Makes a workspace, a customer and test keys in a database that has no workspace; undefined where there is one. */
export async function seedDemo({ database, orm }: Storage, umaDomain: string): Promise<Demo | undefined> {
  // Once without the lock: it waits for every writer, and a later start already serves.
  if (await runOne(database.pool, ANY_WORKSPACE)) return undefined;
  return database.transaction(async (transaction) => {
    // Two processes on their first start: the second waits here and finds the workspace.
    await runOne(transaction, 'lock table workspace in exclusive mode');
    if (await runOne(transaction, ANY_WORKSPACE)) return undefined;
    const workspaceId = await makeWorkspace(transaction, DEMO_COMMAND, 'Demo');
    const shared = { workspaceId, mode: 'TEST', name: 'demo' } as const;
    const { secret: secretKey } = await makeKey(transaction, DEMO_COMMAND, { ...shared, kind: 'SECRET' });
    const { secret: publishableKey } = await makeKey(transaction, DEMO_COMMAND, { ...shared, kind: 'PUBLISHABLE' });
    // In the same transaction: keys that were committed before a customer that fails would be shown to nobody.
    const within: Database = { ...database, transaction: (work) => work(transaction) };
    const customerId = await createCustomer({ orm, database: within, umaDomain }, shared, ACTOR, CUSTOMER);
    return {
      workspaceId: globalId('Workspace', workspaceId),
      secretKey,
      publishableKey,
      customerId: globalId('Customer', customerId),
    };
  });
}

/** The keys, this once, and three commands to paste. */
export function describeDemo({ secretKey, publishableKey, customerId }: Demo, url: string): string {
  const curl = (query: string) =>
    `curl -s ${url}/graphql -H 'content-type: application/json' \\\n  -H 'authorization: Bearer ${secretKey}' \\\n  -d '${JSON.stringify({ query })}'`;
  return `
A demo workspace was made, with a customer and two test keys. They are shown this once:

  secret key       ${secretKey}
  publishable key  ${publishableKey}

Send a code, confirm it (in test mode it is 123456), and see the contact verified:

${curl(`mutation { sendEmailVerification(input: { customerId: "${customerId}" }) { __typename ... on VerificationSent { verification { id status } } } }`)}

${curl(`mutation { confirmEmailVerification(input: { customerId: "${customerId}", code: "123456" }) { __typename ... on VerificationConfirmed { customer { contactVerification { email phone } } } } }`)}

${curl(`{ customer(id: "${customerId}") { platformCustomerId email phone contactVerification { email phone } } }`)}
`;
}

/** The demo's key and customer for the playground, in the part of its address that browsers send to nobody. */
export function fragmentOf({ secretKey, customerId }: Demo): string {
  return `#${new URLSearchParams({ key: secretKey, customer: customerId })}`;
}

/** Where the pages are; the link to the inbox opens it once. */
export function describePages(
  url: string,
  pages: { playground: string | undefined; inbox: string | undefined },
): string {
  const line = (name: string, path: string | undefined) => (path === undefined ? '' : `${name} ${url}${path}\n`);
  return line('Playground:', pages.playground) + line('Inbox:     ', pages.inbox);
}
