/** Whether a text could run here, judged without running it: what publishing asks. */
import {
  type ASTVisitor,
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  getNamedType,
  isIntrospectionType,
  Kind,
  parse,
  specifiedRules,
  type ValidationContext,
  validate,
} from 'graphql';
import type { CheckOperation } from '../operations/publish.js';
import { listLimit } from './list-limit.js';
import { depthLimit, MAX_TOKENS, rootFieldLimit } from './operation-limits.js';
import { hasCondition, NO_CONDITION } from './subscription-conditions.js';
import { withoutValues } from './without-values.js';

/** A check by the rules that a request's document is held to, with no introspection in any environment. */
export function createOperationCheck(schema: GraphQLSchema): CheckOperation {
  const rules = [...specifiedRules, noIntrospection];
  return (body) => {
    // PostgreSQL's text holds no NUL; GraphQL's comments may.
    if (body.includes('\0')) return { fault: 'must hold no NUL character' };
    let document: DocumentNode;
    try {
      document = parse(body, { maxTokens: MAX_TOKENS });
    } catch (error) {
      return { fault: describe(error as GraphQLError) };
    }
    const operations = document.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
    const [operation] = operations;
    if (operation?.kind !== Kind.OPERATION_DEFINITION || operations.length > 1) {
      return { fault: `must hold exactly one operation; it holds ${operations.length}` };
    }
    if (hasCondition(document)) return { fault: NO_CONDITION };
    const faults = validate(schema, document, rules);
    // Our own rules walk fragments: they are asked once the document is known to be sound.
    const [error] = faults.length > 0 ? faults : validate(schema, document, [rootFieldLimit, depthLimit, listLimit]);
    return error ? { fault: describe(error) } : { name: operation.name?.value };
  };
}

/** A published operation is what a client needs to show, and no client shows the schema. */
function noIntrospection(context: ValidationContext): ASTVisitor {
  return {
    Field(node) {
      const type = context.getType();
      if (!type || !isIntrospectionType(getNamedType(type))) return;
      context.reportError(new GraphQLError('Introspection cannot be published.', { nodes: node }));
    },
  };
}

function describe({ message, locations }: GraphQLError): string {
  const [place] = locations ?? [];
  const reason = withoutValues(message);
  return place ? `${reason} (line ${place.line}, column ${place.column})` : reason;
}
