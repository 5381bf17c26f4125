/** Limits on the shape of a document. Validation rules, so that a cached document is judged once. */
import {
  type ASTVisitor,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
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

const tooComplex = (message: string, node: OperationDefinitionNode): GraphQLError =>
  new GraphQLError(message, { nodes: node, originalError: new GatewayError('QUERY_TOO_COMPLEX', message) });

/** One root field in a mutation: a thousand aliases of a confirmation would be a thousand guesses in one request. */
export function rootFieldLimit(context: ValidationContext): ASTVisitor {
  return {
    OperationDefinition(node) {
      const count = countRootFields(context, node.selectionSet, new Set());
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
      if (depthOf(context, node.selectionSet, 0, new Set()) <= MAX_DEPTH) return;
      context.reportError(tooComplex(`Fields may be nested ${MAX_DEPTH} deep at most.`, node));
    },
  };
}

function fragmentOf(context: ValidationContext, name: string, open: Set<string>): FragmentDefinitionNode | undefined {
  return open.has(name) ? undefined : (context.getFragment(name) ?? undefined);
}

function countRootFields(context: ValidationContext, { selections }: SelectionSetNode, open: Set<string>): number {
  return selections.reduce((count, selection) => {
    if (selection.kind === Kind.FIELD) return count + 1;
    if (selection.kind === Kind.INLINE_FRAGMENT) return count + countRootFields(context, selection.selectionSet, open);
    const fragment = fragmentOf(context, selection.name.value, open);
    if (!fragment) return count;
    return count + countRootFields(context, fragment.selectionSet, new Set([...open, fragment.name.value]));
  }, 0);
}

// Stops as soon as the limit is passed, so that a hostile document costs no more than an honest one.
function depthOf(
  context: ValidationContext,
  { selections }: SelectionSetNode,
  depth: number,
  open: Set<string>,
): number {
  let deepest = depth;
  for (const selection of selections) {
    if (deepest > MAX_DEPTH) return deepest;
    if (selection.kind === Kind.FRAGMENT_SPREAD) {
      const fragment = fragmentOf(context, selection.name.value, open);
      if (!fragment) continue;
      const inner = new Set([...open, fragment.name.value]);
      deepest = Math.max(deepest, depthOf(context, fragment.selectionSet, depth, inner));
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      deepest = Math.max(deepest, depthOf(context, selection.selectionSet, depth, open));
    } else if (selection.name.value.startsWith('__')) {
      // Introspection is bounded by the tokens and by maxRecursiveSelections, and every client's query is deep.
      deepest = Math.max(deepest, depth + 1);
    } else {
      deepest = Math.max(
        deepest,
        selection.selectionSet ? depthOf(context, selection.selectionSet, depth + 1, open) : depth + 1,
      );
    }
  }
  return deepest;
}
