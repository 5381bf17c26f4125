/** A change of the settings at one process, as the others see it. */
import { afterAll, expect, test } from 'vitest';
import { createCaller } from '../support/caller.js';
import { createFleet } from '../support/fleet.js';
import { dataOf, postGraphql } from '../support/graphql-client.js';
import { startIdentityProvider } from '../support/identity-provider.js';
import { sharedPostgres } from '../support/shared-postgres.js';
import { waitFor } from '../support/wait-for.js';

const fleet = await createFleet(sharedPostgres());
afterAll(() => fleet[Symbol.asyncDispose]());
const [changed, other] = await Promise.all([fleet.start(['serve']), fleet.start(['serve'])]);

test('K7: a changed setting counts at once where it was changed, and everywhere within five seconds', async () => {
  await using provider = await startIdentityProvider();
  const workspace = await fleet.workspace([changed]);
  const customer = await workspace.test.createCustomer({ region: 'FR', platformCustomerId: 'u' });
  const elsewhere = createCaller(other.url, workspace.test.key);
  const token = await provider.sign({ sub: 'u' });
  const required = (caller: typeof elsewhere) =>
    caller.call<{ email: string | null; phone: string | null }>('contactVerification', { id: customer.id });
  const asUser = async (url: string) =>
    (await postGraphql(url, '{ viewer { kind } }', undefined, { key: token })).body.data;
  // Both have the old settings cached now.
  expect(await required(elsewhere)).toEqual({ email: 'PENDING', phone: 'PENDING' });
  expect([await asUser(changed.url), await asUser(other.url)]).toEqual([undefined, undefined]);

  const input = {
    contactVerificationPolicy: [{ region: 'FR', channels: ['EMAIL'] }],
    tokenIssuers: [provider.entry],
  };
  const update = 'mutation ($input: UpdateWorkspaceInput!) { updateWorkspace(input: $input) { id } }';
  dataOf(await workspace.test.query(update, { input }));
  expect(await required(workspace.test)).toEqual({ email: 'PENDING', phone: null });
  expect(await asUser(changed.url)).toEqual({ viewer: { kind: 'USER_TOKEN' } });
  const follows = async () => {
    const { phone } = await required(elsewhere);
    return phone === null && (await asUser(other.url)) !== undefined;
  };
  // Five seconds by the cache's clock, and three for the calls on a busy machine.
  await waitFor('the other process follows', follows, 8_000);
});
