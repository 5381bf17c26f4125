/** Taking a port, and what is said where something else has it. */
import type { FastifyInstance } from 'fastify';

/**
 * Resolves to the address that it listens on.
 * @param setting names the port
 * @throws {Error} where the port is taken: says what to set
 */
export function listenAt(app: FastifyInstance, port: number, host: string, setting: string): Promise<string> {
  return app.listen({ host, port }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error;
    throw new Error(`something else listens at ${host}:${port}: set ${setting} or HOST`, { cause: error });
  });
}
