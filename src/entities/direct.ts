/**
 * Statements outside any transaction, on the pool of MikroORM's connection to PostgreSQL. Most of a request's statements
 * are such, and Kysely's layers on the way to the pool cost each a few microseconds. The embedded database keeps Kysely,
 * whose dialect minds that it has one connection, and so do transactions, which a unit of work may join.
 */
import type { Pool, QueryResultRow } from 'pg';
import { type Connection, isUnavailable, type Statement } from './database.js';
import type { Orm } from './orm.js';

/** PostgreSQL's pool; no further connection is opened. */
export async function directPool(orm: Orm): Promise<Connection> {
  const pool = await (orm.em.getConnection() as unknown as { getNativeClient(): Promise<Pool> }).getNativeClient();
  return {
    async executeQuery<Row>({ sql, parameters }: Statement<Row>) {
      const client = await pool.connect();
      let isBroken = false;
      try {
        return await client.query<Row & QueryResultRow>(sql, parameters as unknown[]);
      } catch (error) {
        isBroken = isUnavailable(error);
        throw error;
      } finally {
        // Not closed for whatever went wrong: a row that a constraint refused would cost a connection each time.
        client.release(isBroken);
      }
    },
  };
}
