/** A limit on lists within lists: a validation rule, so that a cached document is judged once and nothing is read for it. */
import {
  type ASTVisitor,
  type FieldNode,
  type GraphQLCompositeType,
  getNamedType,
  isCompositeType,
  isUnionType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
  typeFromAST,
  type ValidationContext,
  type ValueNode,
} from 'graphql';
import { DEFAULT_PAGE_SIZE, LARGEST_PAGE } from '../kernel/cursor.js';
import { tooComplex } from './operation-limits.js';

/** Lists that one operation may read: each is a statement, and what hangs on its entries a few more. */
export const MAX_LISTS = 1_000;
/** Entries that the lists of one operation may come to, were every page full. */
export const MAX_ENTRIES = 25_000;

/** What a selection may come to, for one object. */
interface Size {
  readonly lists: number;
  readonly entries: number;
}

const NOTHING: Size = { lists: 0, entries: 0 };
const sum = (sizes: readonly Size[]): Size =>
  sizes.reduce((all, { lists, entries }) => ({ lists: all.lists + lists, entries: all.entries + entries }), NOTHING);

/** A customer's verifications, their customers, whose verifications…: four such lists of a hundred are 10⁸ statements. */
export function listLimit(context: ValidationContext): ASTVisitor {
  const fragments = new Map<string, Size>();

  const sizeOf = (type: GraphQLCompositeType, { selections }: SelectionSetNode): Size =>
    sum(selections.map((selection) => sizeOfSelection(type, selection)));

  function sizeOfSelection(type: GraphQLCompositeType, selection: SelectionNode): Size {
    if (selection.kind === Kind.FIELD) return sizeOfField(type, selection);
    if (selection.kind === Kind.FRAGMENT_SPREAD) return sizeOfFragment(selection.name.value);
    const { typeCondition, selectionSet } = selection;
    const narrowed = typeCondition ? typeFromAST(context.getSchema(), typeCondition) : type;
    return isCompositeType(narrowed) ? sizeOf(narrowed, selectionSet) : NOTHING;
  }

  function sizeOfField(type: GraphQLCompositeType, node: FieldNode): Size {
    const field = isUnionType(type) ? undefined : type.getFields()[node.name.value];
    if (!field) return NOTHING;
    const named = getNamedType(field.type);
    const below = node.selectionSet && isCompositeType(named) ? sizeOf(named, node.selectionSet) : NOTHING;
    if (!field.args.some(({ name }) => name === 'first')) return below;
    const page = pageOf(node);
    return { lists: 1 + page * below.lists, entries: page + page * below.entries };
  }

  // Each is walked once, however often it is spread; one inside itself is refused by another rule.
  function sizeOfFragment(name: string): Size {
    const known = fragments.get(name);
    if (known) return known;
    fragments.set(name, NOTHING);
    const fragment = context.getFragment(name);
    const type = fragment && typeFromAST(context.getSchema(), fragment.typeCondition);
    const size = fragment && isCompositeType(type) ? sizeOf(type, fragment.selectionSet) : NOTHING;
    fragments.set(name, size);
    return size;
  }

  return {
    OperationDefinition(node) {
      const root = context.getSchema().getRootType(node.operation);
      const { lists, entries } = root ? sizeOf(root, node.selectionSet) : NOTHING;
      if (lists <= MAX_LISTS && entries <= MAX_ENTRIES) return;
      const most = `${MAX_LISTS} lists and ${MAX_ENTRIES} entries`;
      const message = `Lists within lists may come to ${most}; these come to ${lists} and ${entries}. Ask for smaller pages.`;
      context.reportError(tooComplex(message, node));
    },
  };
}

/** Entries of a page at most. A variable may be anything: it is judged once, for all requests. */
function pageOf({ arguments: given = [] }: FieldNode): number {
  const sizes = given.filter(({ name }) => name.value === 'first' || name.value === 'last').map(sizeOfPage);
  return sizes.length > 0 ? Math.max(...sizes) : DEFAULT_PAGE_SIZE;
}

function sizeOfPage({ value }: { readonly value: ValueNode }): number {
  if (value.kind === Kind.NULL) return DEFAULT_PAGE_SIZE;
  if (value.kind !== Kind.INT) return LARGEST_PAGE;
  // What no page can have is refused when it is read.
  return Math.min(LARGEST_PAGE, Math.max(1, Number(value.value)));
}
