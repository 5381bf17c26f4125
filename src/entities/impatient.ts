/**
 * Connections that are thrown away with the first statement that was late. Their pool would hand them out again, and
 * whatever is asked next waits behind the answer that never came: a server that hung would stay away long after its
 * return, until the network gives the connections up.
 */
import type { Client } from 'pg';

/** The driver's own words; it has no code for it. */
const LATE = 'Query read timeout';

/** The same client, which closes its connection when a statement took longer than `query_timeout`. */
export function impatient(base: typeof Client): typeof Client {
  return class extends base {
    // biome-ignore lint/suspicious/noExplicitAny: pg declares `query` as seven overloads; they all pass through
    override query(config: any, values?: any, callback?: any): any {
      const answer = super.query(config, values, callback) as unknown;
      if (answer instanceof Promise) answer.catch((error: Error) => error.message === LATE && this.#giveUp());
      return answer;
    }

    // Once the pool has it back: it listens to errors of idle connections only.
    #giveUp(): void {
      setImmediate(() =>
        (this as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy(),
      );
    }
  };
}
