import { basename } from 'node:path';
import { type FieldNode, Kind, type OperationDefinitionNode, parse } from 'graphql';
import { describe, expect, test } from 'vitest';
import { buildGatewaySchema } from '../../src/resolvers/schema.js';
import { createOperationCheck } from '../../src/server/check-operation.js';
import { filesOf } from './sources.js';

const schema = buildGatewaySchema();
const check = createOperationCheck(schema);
const files = filesOf('operations/*.graphql').map(({ path, text }) => {
  const definitions = parse(text).definitions;
  const operation = definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION) as OperationDefinitionNode;
  const fields = operation.selectionSet.selections.filter(({ kind }) => kind === Kind.FIELD) as FieldNode[];
  return { path, text, name: operation.name?.value, fields: fields.map(({ name }) => name.value) };
});
const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const rootFields = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].flatMap((type) =>
  Object.keys(type?.getFields() ?? {}),
);

describe('operations/', () => {
  test.each(rootFields)('has one for %s, in a file of its name', (field) => {
    expect(files.find(({ path }) => basename(path) === `${kebab(field)}.graphql`)?.fields).toEqual([field]);
  });

  test.each(files.map(({ path }) => path))('%s can be published as it stands', (path) => {
    const { text, name } = files.find((file) => file.path === path) as (typeof files)[number];
    expect(check(text)).toEqual({ name });
    expect(name).toBeDefined();
  });
});

test('the examples can be published as they stand', () => {
  const examples = filesOf('examples/*/operations/**/*.graphql');
  expect(examples.length).toBeGreaterThan(0);
  for (const { path, text } of examples) expect(check(text), path).not.toHaveProperty('fault');
});
