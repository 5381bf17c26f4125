/**
 * Statements outside any transaction, on the pool of MikroORM's connection to PostgreSQL. Most of a request's statements
 * are such, and Kysely's layers on the way to the pool are ten promises for each. The embedded database keeps Kysely,
 * whose dialect minds that it has one connection, and so do transactions, which a unit of work may join.
 */
import type { Pool, QueryResultRow } from 'pg';
import type { Connection, Statement } from './database.js';
import type { Orm } from './orm.js';

/** PostgreSQL's pool; no further connection is opened. */
export async function directPool(orm: Orm): Promise<Connection> {
  const pool = await (orm.em.getConnection() as unknown as { getNativeClient(): Promise<Pool> }).getNativeClient();
  return {
    async executeQuery<Row>({ sql, parameters }: Statement<Row>) {
      const client = await pool.connect();
      try {
        return await client.query<Row & QueryResultRow>(sql, parameters as unknown[]);
      } finally {
        // Without the error: `pg` would close a good connection for every row that a constraint refused. One that is
        // broken does not come back to the pool in any case.
        client.release();
      }
    },
  };
}
