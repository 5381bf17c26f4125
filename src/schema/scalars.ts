/**
 * Scalars of the schema. Text scalars take any text of a sane length: what it means is checked where it is used, so
 * that a literal, a variable and a command get the same coded error.
 */
import { GraphQLError, GraphQLScalarType, Kind, type ValueNode, valueFromASTUntyped } from 'graphql';
import { parseMoment } from '../kernel/moment.js';

const LONGEST = 2048;

/** @param node where it is, in the text of an operation; graphql-js knows the place of a variable */
const fault = (message: string, node: ValueNode | undefined) =>
  new GraphQLError(message, node === undefined ? {} : { nodes: node });

function textScalar(name: string, description: string, specifiedByURL?: string): GraphQLScalarType<string, string> {
  const accept = (value: unknown, node?: ValueNode): string => {
    if (typeof value === 'string' && value.length <= LONGEST) return value;
    throw fault(`${name} must be a string of at most ${LONGEST} characters`, node);
  };
  return new GraphQLScalarType({
    name,
    description,
    ...(specifiedByURL && { specifiedByURL }),
    serialize: String,
    parseValue: (value) => accept(value),
    parseLiteral: (node: ValueNode) => accept(node.kind === Kind.STRING ? node.value : undefined, node),
  });
}

export const EmailAddress = textScalar(
  'EmailAddress',
  'An email address of the form `name@example.com`. The domain is kept in lower-case ASCII.',
);
export const PhoneNumber = textScalar(
  'PhoneNumber',
  'A phone number in E.164, for example `+14155550123`.',
  'https://www.itu.int/rec/T-REC-E.164',
);
export const CountryCode = textScalar(
  'CountryCode',
  'A country in ISO 3166-1 alpha-2, for example `DE`. In a rule, the reserved code `EU` stands for every member state.',
  'https://www.iso.org/iso-3166-country-codes.html',
);
export const Locale = textScalar(
  'Locale',
  'A language tag of BCP 47, for example `pt-BR`.',
  'https://www.rfc-editor.org/info/bcp47',
);
export const Url = textScalar(
  'URL',
  'An absolute URL as the WHATWG URL standard parses it.',
  'https://url.spec.whatwg.org/',
);

const parseDate = (value: unknown, node?: ValueNode): Date => {
  const moment = typeof value === 'string' ? parseMoment(value) : undefined;
  if (!moment) throw fault('DateTime must be RFC 3339, for example 2026-11-20T12:00:00.000Z', node);
  return moment;
};

export const DateTime = new GraphQLScalarType<Date, string>({
  name: 'DateTime',
  description: 'A moment in RFC 3339, in UTC with milliseconds, for example `2026-11-20T12:00:00.000Z`.',
  specifiedByURL: 'https://www.rfc-editor.org/info/rfc3339',
  serialize: (value) => (value as Date).toISOString(),
  parseValue: (value) => parseDate(value),
  parseLiteral: (node) => parseDate(node.kind === Kind.STRING ? node.value : undefined, node),
});

const parseObject = (value: unknown, node?: ValueNode): Record<string, unknown> => {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw fault('JSONObject must be an object', node);
};

export const JSONObject = new GraphQLScalarType<Record<string, unknown>>({
  name: 'JSONObject',
  description: 'A JSON object (RFC 8259).',
  specifiedByURL: 'https://www.rfc-editor.org/info/rfc8259',
  serialize: (value) => value as Record<string, unknown>,
  parseValue: (value) => parseObject(value),
  parseLiteral: (node, variables) => parseObject(valueFromASTUntyped(node, variables), node),
});
