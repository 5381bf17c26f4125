/** Prints the SDL; `npm run schema` writes it to `schema.graphql`. */
import { buildGatewaySchema, printGatewaySchema } from '../resolvers/schema.js';
import { say } from './say.js';

if (import.meta.main) say(printGatewaySchema(buildGatewaySchema()).trimEnd());
