/** What PostgreSQL says a prepared statement costs, planned as the gateway's own connections plan it. */
import pg from 'pg';
import { SESSION_OPTIONS } from '../../src/entities/server-session.js';
import type { Statement } from '../unit/fake-connection.js';

export interface Cost {
  /** Pages looked at: what a statement costs on any machine. */
  readonly pages: number;
  /** The median of five runs. */
  readonly milliseconds: number;
  readonly rows: number;
  readonly indexes: readonly string[];
  /** As PostgreSQL writes it. */
  readonly plan: string;
}

interface Plan {
  'Shared Hit Blocks': number;
  'Shared Read Blocks': number;
  'Actual Rows': number;
  'Index Name'?: string;
  Plans?: Plan[];
}

const indexesOf = (plan: Plan): string[] => [
  ...(plan['Index Name'] ? [plan['Index Name']] : []),
  ...(plan.Plans ?? []).flatMap(indexesOf),
];

const literal = (value: unknown): string => {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return pg.escapeLiteral(`{${value.join()}}`);
  return pg.escapeLiteral(value instanceof Date ? value.toISOString() : String(value));
};

export async function connectLikeGateway(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, options: SESSION_OPTIONS });
  await client.connect();
  return client;
}

export async function explain(client: pg.Client, { sql, parameters }: Statement): Promise<Cost> {
  await client.query(`prepare measured as ${sql}`);
  const values = parameters.length === 0 ? '' : `(${parameters.map(literal).join(', ')})`;
  try {
    const runs = [];
    for (let run = 0; run < 5; run += 1) {
      const text = `explain (analyze, buffers, format json) execute measured${values}`;
      const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: Plan; 'Execution Time': number }] }>(text);
      runs.push((rows[0] as (typeof rows)[number])['QUERY PLAN'][0]);
    }
    runs.sort((left, right) => left['Execution Time'] - right['Execution Time']);
    const { Plan: plan, 'Execution Time': milliseconds } = runs[2] as (typeof runs)[number];
    const written = await client.query<{ 'QUERY PLAN': string }>(
      `explain (analyze, buffers) execute measured${values}`,
    );
    const text = written.rows.map((row) => row['QUERY PLAN']).join('\n');
    const pages = plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];
    return { pages, milliseconds, rows: plan['Actual Rows'], indexes: [...new Set(indexesOf(plan))], plan: text };
  } finally {
    await client.query('deallocate measured');
  }
}
