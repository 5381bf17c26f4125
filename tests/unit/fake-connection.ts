import type { CompiledQuery } from 'kysely';
import type { Connection } from '../../src/entities/database.js';

export interface Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** A connection that remembers what it was asked and answers with rows of a test's own. */
export function fakeConnection(answer: (statement: Statement) => unknown[] | Promise<unknown[]>) {
  const statements: Statement[] = [];
  const executeQuery = async ({ sql, parameters }: CompiledQuery) => {
    statements.push({ sql, parameters });
    return { rows: await answer({ sql, parameters }) };
  };
  return { pool: { executeQuery } as unknown as Connection, statements };
}
