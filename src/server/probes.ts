import type { FastifyInstance } from 'fastify';

/** What an orchestrator asks. */
export interface Probes {
  /** Why the process should get no traffic, or undefined while it should. */
  unready(): Promise<string | undefined>;
}

/** `/livez`: the process runs. `/readyz`: the database is reached and migrated, and the process is not stopping. */
export function registerProbes(app: FastifyInstance, probes: Probes): void {
  app.get('/livez', (_, reply) => reply.header('cache-control', 'no-store').send({ status: 'ok' }));
  app.get('/readyz', async (_, reply) => {
    const reason = await probes.unready();
    void reply.header('cache-control', 'no-store');
    return reason === undefined ? { status: 'ok' } : reply.code(503).send({ status: 'unavailable', reason });
  });
}
