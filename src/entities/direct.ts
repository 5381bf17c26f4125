/**
 * PostgreSQL on the pool of MikroORM, with nothing in between: of a short transaction's processor time a quarter was
 * Kysely's. The embedded database keeps Kysely, whose dialect minds that it has one connection.
 */
import type { Pool, PoolClient, QueryResultRow } from 'pg';
import type { Database, Statement } from './database.js';
import type { Orm } from './orm.js';

/** The pool behind MikroORM's own connection to PostgreSQL: no further one is opened. */
export function nativePool(orm: Orm): Promise<Pool> {
  return (orm.em.getConnection() as unknown as { getNativeClient(): Promise<Pool> }).getNativeClient();
}

/** Statements and transactions on a pool of connections. */
export function directDatabase(pool: Pool): Pick<Database, 'pool' | 'transaction'> {
  return {
    pool: {
      async executeQuery<Row>(statement: Statement<Row>) {
        const client = await pool.connect();
        try {
          return await execute(client, statement);
        } finally {
          // Without the error: `pg` would close a good connection for every row that a constraint refused. One that is
          // broken does not come back to the pool in any case.
          client.release();
        }
      },
    },
    async transaction(work) {
      const client = await pool.connect();
      let isOpen = true;
      let fault: Error | undefined;
      try {
        await client.query('begin');
        const result = await work({
          async executeQuery<Row>(statement: Statement<Row>) {
            // The connection may be in another's transaction by then.
            if (!isOpen) throw new Error('A statement came after the end of its transaction');
            return execute(client, statement);
          },
        });
        isOpen = false;
        await client.query('commit');
        return result;
      } catch (error) {
        isOpen = false;
        await client.query('rollback').catch((reason: Error) => {
          fault = reason;
        });
        throw error;
      } finally {
        // One that could not be rolled back is closed, which rolls it back: the next to have it must not be inside it.
        client.release(fault);
      }
    },
  };
}

const execute = <Row>(client: PoolClient, { sql, parameters }: Statement<Row>) =>
  client.query<Row & QueryResultRow>(sql, parameters as unknown[]);
