/** Limits on the shape of a document. Validation rules, so that a cached document is judged once. */
import {
  type ASTNode,
  type ASTVisitor,
  GraphQLError,
  Kind,
  OperationTypeNode,
  type SelectionNode,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql';
import { GatewayError } from '../kernel/errors.js';

/** Lexical tokens of a document. A thousand aliases do not fit. */
export const MAX_TOKENS = 1_000;
/** Nesting of fields, fragments resolved. */
export const MAX_DEPTH = 10;
/** Root fields of a query: each is guarded and counted by itself. */
export const MAX_ROOT_QUERIES = 20;
/** Faults of a document that are told: with each, names like the wrong one are searched for in the whole schema. */
export const MAX_VALIDATION_ERRORS = 20;
/** Faults of the variables that are told: graphql-js writes out the whole input, of up to 100 kB, for each of them. */
export const MAX_COERCION_ERRORS = 3;

export const tooComplex = (message: string, node: ASTNode): GraphQLError =>
  new GraphQLError(message, { nodes: node, originalError: new GatewayError('QUERY_TOO_COMPLEX', message) });

/** One root field in a mutation: a thousand aliases of a confirmation would be a thousand guesses in one request. */
export function rootFieldLimit(context: ValidationContext): ASTVisitor {
  return {
    OperationDefinition(node) {
      const count = countRootFields(context, node.selectionSet, new Map());
      const mutation = node.operation === OperationTypeNode.MUTATION;
      const max = mutation ? 1 : MAX_ROOT_QUERIES;
      if (count <= max) return;
      const rule = mutation ? 'A mutation has one root field' : `A query has at most ${max} root fields`;
      context.reportError(tooComplex(`${rule}; this one has ${count}.`, node));
    },
  };
}

export function depthLimit(context: ValidationContext): ASTVisitor {
  return {
    OperationDefinition(node) {
      if (heightOf(context, node.selectionSet, new Map()) <= MAX_DEPTH) return;
      context.reportError(tooComplex(`Fields may be nested ${MAX_DEPTH} deep at most.`, node));
    },
  };
}

/** What the fragments of a document were measured to be, so that each is walked once however often it is spread. */
type Measured = Map<string, number>;
type Measure = (context: ValidationContext, set: SelectionSetNode, known: Measured) => number;

// Ten lines of fragments that each spread the next twice are a thousand fields, and ninety are more than can be
// counted. A fragment inside itself counts nothing: another rule refuses the document.
function ofFragment(context: ValidationContext, name: string, known: Measured, measure: Measure): number {
  const measured = known.get(name);
  if (measured !== undefined) return measured;
  known.set(name, 0);
  const fragment = context.getFragment(name);
  const size = fragment ? measure(context, fragment.selectionSet, known) : 0;
  known.set(name, size);
  return size;
}

const countRootFields: Measure = (context, { selections }, known) =>
  selections.reduce((count, selection) => {
    // `__typename` runs no resolver, and some clients add it to every selection.
    if (selection.kind === Kind.FIELD) return count + (selection.name.value === '__typename' ? 0 : 1);
    if (selection.kind === Kind.INLINE_FRAGMENT) return count + countRootFields(context, selection.selectionSet, known);
    return count + ofFragment(context, selection.name.value, known, countRootFields);
  }, 0);

const heightOf: Measure = (context, { selections }, known) =>
  selections.reduce((highest, selection) => Math.max(highest, heightOfSelection(context, selection, known)), 0);

function heightOfSelection(context: ValidationContext, selection: SelectionNode, known: Measured): number {
  if (selection.kind === Kind.FRAGMENT_SPREAD) return ofFragment(context, selection.name.value, known, heightOf);
  if (selection.kind === Kind.INLINE_FRAGMENT) return heightOf(context, selection.selectionSet, known);
  // Introspection is bounded by the tokens and by maxRecursiveSelections, and every client's query is deep.
  if (!selection.selectionSet || selection.name.value.startsWith('__')) return 1;
  return 1 + heightOf(context, selection.selectionSet, known);
}
