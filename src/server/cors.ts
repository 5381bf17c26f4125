/** Cross-origin requests of pages: the CORS protocol of the Fetch standard. */
import cors, { type FastifyCorsOptions } from '@fastify/cors';
import type { FastifyInstance } from 'fastify';

/** Lets pages of the origins call the gateway. Without any it adds nothing. */
export async function registerCors(app: FastifyInstance, origins: readonly string[]): Promise<void> {
  if (origins.length === 0) return;
  await app.register(cors, {
    delegator: ({ headers: { origin, ...headers } }, done) => {
      const options: FastifyCorsOptions = {
        origin: origin !== undefined && origins.includes(origin) ? origin : false,
        // An OPTIONS of anybody else is a method like any other. The package answers it by itself: to an origin that is
        // not listed with all but its name, and to what is no preflight with a text that holds neither code nor request.
        preflight: headers['access-control-request-method'] !== undefined,
        methods: ['GET', 'POST'],
        exposedHeaders: ['retry-after', 'x-request-id'],
        maxAge: 600,
      };
      done(null, options);
    },
  });
}
