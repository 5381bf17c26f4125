/** A limit on what an answer may come to: a validation rule, so that a cached document is judged once and nothing is read for it. */
import {
  type ASTVisitor,
  type FieldNode,
  type GraphQLCompositeType,
  getNamedType,
  getNullableType,
  isCompositeType,
  isLeafType,
  isListType,
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

/** Values that an answer may come to, were every page full: aliases multiply them without a list being read. */
export const MAX_VALUES = 500_000;

/** What a list without pages is taken for: of objects, such as the steps of a verification, or of scalars. */
const UNPAGED = { objects: 5, scalars: 100 };

/** What a selection may come to, for one object. */
interface Size {
  readonly lists: number;
  readonly entries: number;
  readonly values: number;
}

const NOTHING: Size = { lists: 0, entries: 0, values: 0 };
const sum = (sizes: readonly Size[]): Size =>
  sizes.reduce(
    (all, { lists, entries, values }) => ({
      lists: all.lists + lists,
      entries: all.entries + entries,
      values: all.values + values,
    }),
    NOTHING,
  );
const times = (count: number, { lists, entries, values }: Size): Size => ({
  lists: count * lists,
  entries: count * entries,
  values: count * values,
});

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
    if (!field.args.some(({ name }) => name === 'first')) {
      const isUnpaged = isListType(getNullableType(field.type)) && !type.name.endsWith('Connection');
      const values = isUnpaged && isLeafType(named) ? UNPAGED.scalars : 1;
      return sum([{ ...NOTHING, values }, times(isUnpaged ? UNPAGED.objects : 1, below)]);
    }
    const page = pageOf(node);
    return sum([{ lists: 1, entries: page, values: 1 }, times(page, below)]);
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
      const { lists, entries, values } = root ? sizeOf(root, node.selectionSet) : NOTHING;
      if (lists <= MAX_LISTS && entries <= MAX_ENTRIES) {
        if (values <= MAX_VALUES) return;
        const message = `An answer may come to ${MAX_VALUES} values; this one comes to ${values}. Ask for less at once.`;
        return context.reportError(tooComplex(message, node));
      }
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
