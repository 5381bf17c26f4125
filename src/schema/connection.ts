/** Lists as Relay's cursor connections: each page has its edges, and its nodes without their cursors. */
import { type ClassType, Field, ObjectType } from 'type-graphql';
import { PageInfo } from './page.types.js';

/** The arguments that take a cursor of the list. */
type Cursors = 'after' | 'after and before';

/** What the edges of a list extend. */
export function EdgeOf<Node extends object>(node: ClassType<Node>, description: string, cursors: Cursors) {
  @ObjectType({ simpleResolvers: true })
  abstract class Edge {
    @Field(() => String, { description: `Its place in the list, for ${cursors}. Opaque.` })
    cursor!: string;

    @Field(() => node, { description })
    node!: Node;
  }
  return Edge;
}

/** What the pages of a list extend. */
export function ConnectionOf<Edge extends { node: object }>(edge: ClassType<Edge>, node: ClassType<Edge['node']>) {
  @ObjectType({ simpleResolvers: true })
  abstract class Connection {
    @Field(() => [edge], { description: 'Each with its cursor.' })
    edges!: Edge[];

    @Field(() => [node], { description: 'Without their cursors.' })
    nodes!: Edge['node'][];

    @Field(() => PageInfo, { description: 'Where the page lies in the list.' })
    pageInfo!: PageInfo;
  }
  return Connection;
}
