/** Characters that PostgreSQL cannot hold, in every text of every root field: none gets as far as a statement that fails. */
import {
  type GraphQLInputType,
  type GraphQLObjectType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isScalarType,
} from 'graphql';
import { afterAll, expect, test } from 'vitest';
import { buildGatewaySchema } from '../../src/resolvers/schema.js';
import { accessTable } from '../../src/schema/access-table.js';
import { type Owned, SAMPLE_REDIRECT, SAMPLES, sampleDocument } from '../support/access-samples.js';
import type { Variables } from '../support/caller.js';
import { createBrowser } from '../support/connect.js';
import { listen } from '../support/event-stream.js';
import { dataOf } from '../support/graphql-client.js';
import { startGateway } from '../support/harness.js';
import { createOwner } from '../support/owned.js';

const gateway = await startGateway({ env: { GATEWAY_LIMIT_SCALE: '1000' }, work: false });
afterAll(() => gateway[Symbol.asyncDispose]());
const workspace = await gateway.workspace();
const browser = await createBrowser(gateway.url, workspace);
const { key, query } = workspace.test;
const update = 'mutation ($input: UpdateWorkspaceInput!) { updateWorkspace(input: $input) { id } }';
dataOf(await query(update, { input: { redirectUris: [SAMPLE_REDIRECT], connectReply: 'EXACT' } }));
const create = createOwner(gateway);
async function own(): Promise<Owned> {
  // A world has twenty at most.
  await gateway.sql('delete from webhook_endpoint');
  return create(workspace, 'TEST', browser);
}

type Place = readonly (string | number)[];

/** What a text stands in that no sample has, whole: else it would be refused before anybody looks at the text. */
const WHOLE: Record<string, Variables> = {
  'Mutation.updateWorkspace': {
    contactVerificationPolicy: [{ region: 'DE', channels: ['EMAIL'] }],
    tokenIssuers: [{ issuer: 'https://id.example/tenant', audience: 'api', jwksUri: 'https://id.example/keys' }],
  },
};

function wholeOf(field: string, place: Place, owned: Owned): Variables {
  // Whoever names a customer by two ids is refused before either is looked for.
  if (field === 'Query.customer' && place[0] === 'platformCustomerId') return {};
  const variables = SAMPLES[field]?.(owned, 'TEST') ?? {};
  const { input } = variables;
  return WHOLE[field] ? { input: { ...(input as object), ...WHOLE[field] } } : variables;
}

/** Where a text may stand in a value of this type. */
function placesOf(type: GraphQLInputType): Place[] {
  if (isNonNullType(type)) return placesOf(type.ofType);
  if (isListType(type)) return placesOf(type.ofType).map((place) => [0, ...place]);
  if (isInputObjectType(type)) return Object.values(type.getFields()).flatMap(within);
  return isScalarType(type) && !['Int', 'Boolean'].includes(type.name) ? [[]] : [];
}
const within = ({ name, type }: { name: string; type: GraphQLInputType }): Place[] =>
  placesOf(type).map((place) => [name, ...place]);

/** A value with the character at the end of the text that stands there, or of one that is put there. */
function withCharacter(value: unknown, [step, ...rest]: Place, character: string): unknown {
  if (step === 'accessTokenClaims') return { ...(value as object), [step]: { claim: `a${character}` } };
  if (typeof step === 'number') return [withCharacter((value as unknown[] | undefined)?.[0], rest, character)];
  if (step === undefined) return `${typeof value === 'string' ? value : 'a'}${character}`;
  const parts = (value ?? {}) as Variables;
  return { ...parts, [step]: withCharacter(parts[step], rest, character) };
}

const schema = buildGatewaySchema();
const ROWS = accessTable(schema).flatMap(({ field }) => {
  const [parent = '', name = ''] = field.split('.');
  const { args = [] } = (schema.getType(parent) as GraphQLObjectType).getFields()[name] ?? {};
  return args.flatMap(within).map((place) => ({ field, place, path: place.join('.') }));
});

/** The code of a refusal that may have kept a text from whom it was meant for. */
const ELSEWHERE = /^(?:INTERNAL_SERVER_ERROR|UNAUTHENTICATED|FORBIDDEN|RATE_LIMITED|GRAPHQL_.*)$/;

let owned: Owned | undefined;

test('there are texts in the arguments of the root fields', () => {
  expect(ROWS.length).toBeGreaterThan(100);
});

test.each(ROWS)('attack: a NUL or half a surrogate pair in $path of $field is no fault of the gateway', async (row) => {
  const { field, place } = row;
  const logged = gateway.logs.length;
  for (const character of ['\0', '\ud800']) {
    // What a call was accepted for may be spent.
    owned ??= await own();
    const variables = withCharacter(wholeOf(field, place, owned), place, character);
    const asked = { query: sampleDocument(schema, field), variables };
    await using listener = await listen<{ result: { code?: string } | null }>(gateway.url, asked, { key });
    const { data, errors = [] } = await listener.first();
    expect(errors.map(({ extensions }) => extensions.code).filter((code) => ELSEWHERE.test(code))).toEqual([]);
    if (data?.result && field.startsWith('Mutation.')) owned = undefined;
  }
  const errors = gateway.logs.slice(logged).filter((line) => (JSON.parse(line) as { level: number }).level >= 50);
  expect(errors).toEqual([]);
});
