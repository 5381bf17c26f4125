/** The two probes: whether the process runs, and whether it should get traffic. */
import type { FastifyInstance } from 'fastify';

/** What an orchestrator asks. */
export interface Probes {
  /** Why the process should get no traffic, or undefined while it should. */
  unready(): Promise<string | undefined>;
}

/** `/livez`: the process runs. `/readyz`: the database is reached and migrated, and the process is not stopping. */
export function registerProbes(app: FastifyInstance, probes: Probes): void {
  // Asked by anybody and without a limit: however many ask at once, the database is asked once.
  let asked: Promise<string | undefined> | undefined;
  const unready = () => {
    asked ??= probes.unready().finally(() => {
      asked = undefined;
    });
    return asked;
  };
  app.get('/livez', (_, reply) => reply.header('cache-control', 'no-store').send({ status: 'ok' }));
  app.get('/readyz', async (_, reply) => {
    const reason = await unready();
    void reply.header('cache-control', 'no-store');
    return reason === undefined ? { status: 'ok' } : reply.code(503).send({ status: 'unavailable', reason });
  });
}
