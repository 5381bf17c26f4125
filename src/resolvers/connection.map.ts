/** Pages as the schema shows them. */
import { encodeCursor, type Page } from '../kernel/cursor.js';
import type { PageInfo } from '../schema/page.types.js';

interface Connection<Node> {
  edges: { cursor: string; node: Node }[];
  nodes: Node[];
  pageInfo: PageInfo;
}

export function toConnection<Item extends { readonly id: string }, Node>(
  { items, hasNextPage, hasPreviousPage }: Page<Item>,
  toNode: (item: Item) => Node,
): Connection<Node> {
  const edges = items.map((item) => ({ cursor: encodeCursor(item.id), node: toNode(item) }));
  const [startCursor, endCursor] = [edges[0]?.cursor ?? null, edges.at(-1)?.cursor ?? null];
  return {
    edges,
    nodes: edges.map(({ node }) => node),
    pageInfo: { hasNextPage, hasPreviousPage, startCursor, endCursor },
  };
}
