/** One of everything that a root field can be about, in a workspace and mode. */
import { expect } from 'vitest';
import { globalId, newId } from '../../src/kernel/ids.js';
import { type Owned, sampleInstrument } from './access-samples.js';
import { createKeyClient } from './api-keys.js';
import type { Caller, CustomerView } from './caller.js';
import type { Browser } from './connect.js';
import { dataOf } from './graphql-client.js';
import type { TestGateway } from './harness.js';
import { saved } from './saved-methods.js';
import type { TestWorkspace } from './workspace.js';

/** A customer with a contact, a verification, a key and, by a browser that is given, a session. */
export type CreateOwned = (workspace: TestWorkspace, mode: Owned['mode'], browser?: Browser) => Promise<Owned>;

export function createOwner({ sql }: Pick<TestGateway, 'sql'>): CreateOwned {
  let contacts = 0;

  /** An endpoint that wants nothing of what happens here, and an event of the customer. */
  async function listening(workspaceId: string, mode: Owned['mode'], customerId: string) {
    const [endpointId, eventId] = [newId(), newId()];
    await sql(
      `insert into webhook_endpoint (workspace_id, mode, id, url, event_types, key_id, sealed)
       values ($1, $2, $3, 'https://receiver.example/', '{contact.blocked}', '00000000', '')`,
      [workspaceId, mode, endpointId],
    );
    await sql(
      `insert into event (workspace_id, mode, id, type, object_type, object_id, data)
       values ($1, $2, $3, 'contact.blocked', 'Customer', $4, '{}')`,
      [workspaceId, mode, eventId, customerId.split(':')[1] as string],
    );
    return { endpointId: globalId('WebhookEndpoint', endpointId), eventId: globalId('Event', eventId) };
  }

  async function block(workspaceId: string, mode: Owned['mode'], address: string): Promise<void> {
    const insert = 'insert into guess_streak (workspace_id, mode, identity, wrong_guesses) values ($1, $2, $3, 100)';
    await sql(insert, [workspaceId, mode, address]);
  }

  return async (workspace, mode, browser) => {
    const caller = mode === 'TEST' ? workspace.test : workspace.live;
    contacts += 1;
    const place = contacts;
    const number = (area: number) => `+336${area}${String(place).padStart(7, '0')}`;
    const pending = `first-${place}@example.com`;
    const email = `second-${place}@example.com`;
    const { id: customerId, platformCustomerId } = await caller.createCustomer({
      email: pending,
      phone: number(1),
      region: 'FR',
    });
    const contactId = await attested(caller, customerId, email);
    // A session, and one more code of connect, which it has not used up.
    const { accessToken, refreshToken } = (await browser?.connect(email)) ?? { accessToken: '', refreshToken: '' };
    if (browser) expect(await browser.asks(email)).toBe(true);
    const { id: verificationId } = await caller.sendEmail(customerId, { email: pending });
    if (mode === 'TEST') await caller.sendPhone(customerId, { phoneNumber: number(2) });
    const made = dataOf(await createKeyClient(caller).create({ mode })).result;
    const { id: methodId } = await saved(caller, sampleInstrument(customerId));
    const blocked = `blocked-${place}@example.com`;
    await block(workspace.id, mode, blocked);
    const told = await listening(workspace.id, mode, customerId);
    const ids = { customerId, platformCustomerId, contactId, verificationId, keyId: made.key.id, methodId, ...told };
    return { mode, ...ids, email, blocked, accessToken, refreshToken };
  };
}

async function attested(caller: Caller, customerId: string, value: string): Promise<string> {
  const input = { customerId, kind: 'EMAIL', value, attestedBy: 'bank' };
  const answer = await caller.query<{ result: CustomerView }>(
    'mutation ($input: AttestContactPointInput!) { result: attestContactPoint(input: $input) { contactPoints { id value } } }',
    { input },
  );
  return dataOf(answer).result.contactPoints.find((point) => point.value === value)?.id as string;
}
