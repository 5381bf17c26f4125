/** A limit on introspection, which no guard counts and nobody needs a credential for. */
import type { ASTVisitor, ValidationContext } from 'graphql';
import { tooComplex } from './operation-limits.js';

/**
 * Within introspection nothing takes another name: sixty names for `__schema.types` are sixty times the whole schema in
 * one answer. The queries of tools have none. `__type`, which is one type, may take one.
 */
export function introspectionLimit(context: ValidationContext): ASTVisitor {
  return {
    Field(node) {
      if (!node.alias || node.alias.value === node.name.value) return;
      const isWithin = context.getParentType()?.name.startsWith('__') ?? false;
      if (!isWithin && node.name.value !== '__schema') return;
      context.reportError(tooComplex('Within introspection fields take no alias.', node));
    },
  };
}
