import {
  buildSchema,
  type ConstDirectiveNode,
  GraphQLEnumType,
  GraphQLInputObjectType,
  GraphQLInterfaceType,
  type GraphQLNamedType,
  GraphQLObjectType,
  isIntrospectionType,
  isSpecifiedDirective,
  isSpecifiedScalarType,
  valueFromASTUntyped,
} from 'graphql';
import { describe, expect, test } from 'vitest';
import { buildGatewaySchema, printGatewaySchema } from '../../src/resolvers/schema.js';
import type { GuardRule } from '../../src/schema/guard.js';
import { readText } from './sources.js';

const schema = buildGatewaySchema();
const printed = buildSchema(readText('schema.graphql'));

const rootFieldsOf = (of: typeof schema) =>
  [of.getQueryType(), of.getMutationType(), of.getSubscriptionType()].flatMap((type) =>
    Object.values(type?.getFields() ?? {}).map((field) => ({ name: `${type?.name}.${field.name}`, field })),
  );

/** The arguments of a directive as plain values. */
const argumentsOf = (directive: ConstDirectiveNode | undefined) =>
  Object.fromEntries((directive?.arguments ?? []).map(({ name, value }) => [name.value, valueFromASTUntyped(value)]));

test('schema.graphql is the schema that is served', () => {
  expect(readText('schema.graphql'), 'it has drifted: run `npm run schema`').toBe(printGatewaySchema(schema));
});

describe('every root field', () => {
  test.each(rootFieldsOf(schema))('$name shows in the SDL the guard that is enforced', ({ name, field }) => {
    const enforced = field.extensions['guard'] as GuardRule | undefined;
    const shown = rootFieldsOf(printed).find((other) => other.name === name)?.field.astNode?.directives;
    const guards = shown?.filter((directive) => directive.name.value === 'guard') ?? [];
    expect(guards).toHaveLength(1);
    expect(argumentsOf(guards[0])).toEqual({ scopes: enforced?.scopes, limits: enforced?.limits });
  });

  test('is in both, and there are some', () => {
    const names = (of: typeof schema) =>
      rootFieldsOf(of)
        .map(({ name }) => name)
        .sort();
    expect(names(printed)).toEqual(names(schema));
    expect(names(schema)).toEqual(expect.arrayContaining(['Query.customer', 'Mutation.confirmVerification']));
  });

  test('is limited: no call is free', () => {
    for (const { name, field } of rootFieldsOf(schema)) {
      expect((field.extensions['guard'] as GuardRule).limits.length, name).toBeGreaterThan(0);
    }
  });
});

/** Everything of a type that a reader of the schema can point at. */
function partsOf(type: GraphQLNamedType): { name: string; description: string | null | undefined }[] {
  const whole = { name: type.name, description: type.description };
  if (type instanceof GraphQLEnumType) {
    return [whole, ...type.getValues().map(({ name, description }) => ({ name: `${type.name}.${name}`, description }))];
  }
  if (type instanceof GraphQLInputObjectType) {
    const fields = Object.values(type.getFields());
    return [whole, ...fields.map(({ name, description }) => ({ name: `${type.name}.${name}`, description }))];
  }
  if (!(type instanceof GraphQLObjectType || type instanceof GraphQLInterfaceType)) return [whole];
  return [
    whole,
    ...Object.values(type.getFields()).flatMap((field) => [
      { name: `${type.name}.${field.name}`, description: field.description },
      ...field.args.map((arg) => ({ name: `${type.name}.${field.name}(${arg.name}:)`, description: arg.description })),
    ]),
  ];
}

describe('every part of the schema is described', () => {
  const types = Object.values(printed.getTypeMap()).filter(
    (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
  );

  test('types, fields, arguments, input fields and values of enums', () => {
    const parts = types.flatMap(partsOf);
    expect(parts.filter(({ description }) => !description?.trim()).map(({ name }) => name)).toEqual([]);
    expect(parts.length).toBeGreaterThan(200);
  });

  test('directives and their arguments', () => {
    for (const directive of printed.getDirectives().filter((each) => !isSpecifiedDirective(each))) {
      expect(directive.description, directive.name).toBeTruthy();
      for (const argument of directive.args)
        expect(argument.description, `@${directive.name}(${argument.name}:)`).toBeTruthy();
    }
    expect(printed.getDirective('guard')).toBeDefined();
  });

  test('in sentences: each ends with a full stop', () => {
    const parts = types.flatMap(partsOf).filter(({ description }) => description);
    expect(parts.filter(({ description }) => !/[.:]$/.test(description?.trim() ?? '')).map(({ name }) => name)).toEqual(
      [],
    );
  });
});

test('every enum of the schema has the values that the code knows', async () => {
  const { PROBLEMS } = await import('../../src/verification/problems.js');
  const { CHANNELS, STEP_STATUSES } = await import('../../src/entities/verification-step.js');
  const { VERIFICATION_KINDS, VERIFICATION_STATUSES } = await import('../../src/entities/verification.js');
  const { EVIDENCE } = await import('../../src/entities/contact-point.js');
  const { MODES } = await import('../../src/kernel/world.js');
  const { CONTACT_KINDS } = await import('../../src/entities/columns.js');
  const { API_KEY_KINDS } = await import('../../src/entities/api-key.js');
  const { CUSTOMER_TYPES } = await import('../../src/entities/customer.js');
  const { CARD_TYPES, SAVED_METHOD_TYPES } = await import('../../src/entities/saved-method.js');
  const { CONNECT_REPLIES } = await import('../../src/entities/workspace.js');
  const known: Record<string, readonly string[]> = {
    ProblemCode: Object.keys(PROBLEMS),
    Channel: CHANNELS,
    StepStatus: STEP_STATUSES,
    VerificationKind: VERIFICATION_KINDS,
    VerificationStatus: VERIFICATION_STATUSES,
    Evidence: EVIDENCE,
    ContactKind: CONTACT_KINDS,
    Mode: MODES,
    CustomerType: CUSTOMER_TYPES,
    ApiKeyKind: API_KEY_KINDS,
    ConnectReply: CONNECT_REPLIES,
    SavedMethodType: SAVED_METHOD_TYPES,
    CardType: CARD_TYPES,
  };
  for (const [name, values] of Object.entries(known)) {
    const type = schema.getType(name) as GraphQLEnumType;
    expect(
      type
        .getValues()
        .map((value) => value.name)
        .sort(),
      name,
    ).toEqual([...values].sort());
  }
});
