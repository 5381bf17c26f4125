/** The stock server: Apollo's standalone start with its default plugins, MikroORM with its unit of work. */
import { hash } from 'node:crypto';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { MikroORM } from '@mikro-orm/postgresql';
import { GraphQLError } from 'graphql';
import { ApiKey, ContactPoint, Customer, SavedMethod, Session, Verification } from './entities.ts';
import { resolvers } from './resolvers.ts';
import { typeDefs } from './type-defs.ts';
import type { Context } from './verification.ts';

const { DATABASE_URL = '', HOST = '127.0.0.1', PORT } = process.env;
const orm = await MikroORM.init({
  clientUrl: DATABASE_URL,
  entities: [ApiKey, Customer, ContactPoint, SavedMethod, Session, Verification],
  pool: { min: 10, max: 10 },
});
await orm.schema.update();

const server = new ApolloServer<Context>({ typeDefs, resolvers });
await startStandaloneServer(server, {
  listen: { host: HOST, port: Number(PORT) },
  context: async ({ req }) => {
    const em = orm.em.fork();
    const [, token] = (req.headers.authorization ?? '').split('Bearer ');
    const secretHash = token && hash('sha256', token);
    const key = secretHash && (await em.findOne(ApiKey, { secretHash }, { cache: 5_000 }));
    if (!key) throw new GraphQLError('Unknown key', { extensions: { code: 'UNAUTHENTICATED', http: { status: 401 } } });
    return { em };
  },
});
process.once('SIGTERM', () => process.exit());
