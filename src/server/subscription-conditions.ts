/**
 * Conditions at the root of a subscription, which GraphQL forbids (September 2025, section 5.2.4.1). graphql-js 16 does
 * not refuse them: its rule of the one root field throws where a condition is a variable or of a wrong type, and its
 * execution where none is met.
 */
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  OperationTypeNode,
  parse,
  type SelectionSetNode,
} from 'graphql';
import { GatewayError } from '../kernel/errors.js';
import type { OperationGate } from './operation-gate.js';
import { MAX_TOKENS } from './operation-limits.js';

export const NO_CONDITION = 'The root field of a subscription stands under no condition.';

/** Whether a document holds a subscription whose root field may be left out. */
export function hasCondition({ definitions }: DocumentNode): boolean {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const each of definitions) if (each.kind === Kind.FRAGMENT_DEFINITION) fragments.set(each.name.value, each);
  const isConditional = ({ selections }: SelectionSetNode): boolean =>
    selections.some((selection) => {
      if (selection.directives?.length) return true;
      if (selection.kind === Kind.INLINE_FRAGMENT) return isConditional(selection.selectionSet);
      const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : undefined;
      // Each is walked once, however often it is spread, itself included.
      if (fragment) fragments.delete(fragment.name.value);
      return fragment !== undefined && isConditional(fragment.selectionSet);
    });
  return definitions.some(
    (each) =>
      each.kind === Kind.OPERATION_DEFINITION &&
      each.operation === OperationTypeNode.SUBSCRIPTION &&
      isConditional(each.selectionSet),
  );
}

/** The same gate, which lets none of them through: what Apollo Server does not expect is answered as its own failure. */
export function withoutConditions(gate: OperationGate): OperationGate {
  return async (principal, parameters) => {
    const admitted = await gate(principal, parameters);
    // A keyword cannot be written in another way.
    if (!admitted?.text.includes('subscription')) return admitted;
    const document = parsed(admitted.text);
    if (document && hasCondition(document)) throw new GatewayError('BAD_REQUEST', NO_CONDITION);
    return admitted;
  };
}

/** Undefined for what Apollo Server will find not to be a document. */
function parsed(text: string): DocumentNode | undefined {
  try {
    return parse(text, { maxTokens: MAX_TOKENS });
  } catch {
    return undefined;
  }
}
