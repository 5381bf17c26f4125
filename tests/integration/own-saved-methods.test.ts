/** What customers may do with their methods themselves, whatever token says who they are. */
import { graphql } from 'graphql';
import { afterAll, describe, expect, test } from 'vitest';
import { createIssuerDocuments } from '../../src/access/issuer-documents.js';
import type { Principal } from '../../src/access/principal.js';
import { methodKeysOf } from '../../src/customers/saved-methods/instruments.js';
import { bindCustomers } from '../../src/customers/use-cases.js';
import type { Outbox } from '../../src/delivery/outbox.js';
import { localId } from '../../src/kernel/ids.js';
import { createRegistry } from '../../src/providers/registry.js';
import type { Gateway, RequestContext } from '../../src/resolvers/context.js';
import { buildGatewaySchema } from '../../src/resolvers/schema.js';
import type { Variables } from '../support/caller.js';
import { startGateway } from '../support/harness.js';
import { METHOD, type MethodView, methodsOf, saved } from '../support/saved-methods.js';
import { principal } from '../unit/principals.js';

const gateway = await startGateway({ work: false });
afterAll(() => gateway[Symbol.asyncDispose]());

const schema = buildGatewaySchema();
const { orm, database } = gateway.storage;
const methodKeys = methodKeysOf(['a secret of this test with more than 32 bytes']);
const useCases = bindCustomers({
  orm,
  database,
  outbox: {} as Outbox,
  providers: createRegistry([]),
  umaDomain: 'x.test',
  methodKeys,
  documents: createIssuerDocuments(false),
  ownIssuer: 'https://x.test',
  workspaceChanged() {},
}) as Gateway;

/** Executes a document as the bearer of a token of that customer. */
async function as(caller: Principal, source: string, variableValues: Variables = {}) {
  const limiter = { count: async () => {} } as unknown as RequestContext['limiter'];
  const contextValue: RequestContext = {
    principal: caller,
    clientIp: '::1',
    limiter,
    requestId: 'r',
    gateway: useCases,
  };
  const { data, errors } = await graphql({ schema, source, variableValues, contextValue });
  const [error] = errors ?? [];
  return { data, code: (error?.originalError as { code?: string } | undefined)?.code };
}

const LIST = `query ($customerId: ID) { savedMethods(customerId: $customerId) { nodes { ${METHOD} } } }`;
const THROUGH = 'query ($id: ID!) { node(id: $id) { id } }';
const change = (field: string) => `mutation ($id: ID!) { result: ${field}(input: { id: $id }) { id archivedAt } }`;

async function twoCustomers(kind: Principal['kind']) {
  const { id: workspaceId, test: caller } = await gateway.workspace();
  const [ada, eve] = [await caller.createCustomer(), await caller.createCustomer()];
  const own = await saved(caller, { customerId: ada.id, merchantId: 'shop-a' });
  const foreign = await saved(caller, { customerId: eve.id, merchantId: 'shop-a' });
  const token = principal({
    kind,
    workspaceId,
    customerId: localId('Customer', ada.id) as string,
    scopes: ['self:read', 'self:write'],
  });
  return { caller, ada, eve, own, foreign, token };
}

describe.each<Principal['kind']>(['CUSTOMER_SESSION', 'USER_TOKEN'])('a %s', (kind) => {
  test('R3: reads its own customer’s methods, whose id it need not say; another’s look like none', async () => {
    const { ada, eve, own, foreign, token } = await twoCustomers(kind);
    const list = async (customerId?: string) => {
      const { data } = await as(token, LIST, { customerId });
      return (data as { savedMethods: { nodes: MethodView[] } }).savedMethods.nodes.map(({ id }) => id);
    };
    expect(await list()).toEqual([own.id]);
    expect(await list(ada.id)).toEqual([own.id]);
    expect(await list(eve.id)).toEqual([]);
    expect(await list('Customer:01a1f9f3-2bb7-782f-bb89-9d961c4cf735')).toEqual([]);
    expect((await as(token, THROUGH, { id: foreign.id })).data?.['node'] ?? null).toBeNull();
  });

  test('R3: archives and restores its own methods, and another’s are NOT_FOUND and stay as they are', async () => {
    const { caller, ada, eve, own, foreign, token } = await twoCustomers(kind);
    expect((await as(token, change('archiveSavedMethod'), { id: own.id })).data?.['result']).toMatchObject({
      id: own.id,
    });
    expect(await methodsOf(caller, { customerId: ada.id })).toEqual([]);
    expect((await as(token, change('restoreSavedMethod'), { id: own.id })).data?.['result']).toEqual({
      id: own.id,
      archivedAt: null,
    });
    for (const field of ['archiveSavedMethod', 'restoreSavedMethod']) {
      expect((await as(token, change(field), { id: foreign.id })).code).toBe('NOT_FOUND');
    }
    expect(await methodsOf(caller, { customerId: eve.id })).toHaveLength(1);
    const actors = await gateway.sql(
      `select actor_kind, actor_id from audit_event where object_id = $1 and action <> 'saved_method.saved'`,
      [localId('SavedMethod', own.id) as string],
    );
    expect(actors).toEqual([0, 1].map(() => ({ actor_kind: kind, actor_id: ada.id })));
  });

  test('attack: neither saves nor materializes, whatever scopes its token claims', async () => {
    const { own, ada, token } = await twoCustomers(kind);
    const SAVE = `mutation ($customerId: ID) { saveMethod(input: { customerId: $customerId, merchantId: "m",
      instrumentId: "PI", fingerprint: "FP", type: CARD }) { id } }`;
    const MATERIALIZE =
      'mutation ($id: ID!) { materializeSavedMethod(input: { id: $id, merchantId: "shop-a" }) { instrumentId } }';
    for (const scopes of [
      token.scopes,
      ['self:read', 'self:write', 'saved_methods:write', 'saved_methods:materialize'],
    ]) {
      const bold = { ...token, scopes };
      expect((await as(bold, SAVE, { customerId: ada.id })).code).toBe('FORBIDDEN');
      expect((await as(bold, MATERIALIZE, { id: own.id })).code).toBe('FORBIDDEN');
    }
  });
});
