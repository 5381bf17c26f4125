/** What pg_stat_statements counted, as a table in Markdown. */

export interface StatementRow {
  query: string;
  calls: number;
  /** Of planning and execution, all calls. */
  ms: number;
  rows: number;
  walBytes: number;
}

const SHOWN = 16;

/** The statements that took most, for one operation each, and the rest of them in one line. */
export function breakdown(rows: readonly StatementRow[], operations: number): string {
  const total = rows.reduce((sum, { ms }) => sum + ms, 0);
  const line = (name: string, those: readonly StatementRow[]) => {
    const sum = (value: (row: StatementRow) => number) => those.reduce((before, row) => before + value(row), 0);
    const [calls, ms, bytes] = [sum((row) => row.calls), sum((row) => row.ms), sum((row) => row.walBytes)];
    const figures = [
      (calls / operations).toFixed(2),
      ((ms * 1_000) / operations).toFixed(0),
      `${((ms / total) * 100).toFixed(0)} %`,
      (bytes / operations).toFixed(0),
    ];
    return `| ${name} | ${figures.join(' | ')} |`;
  };
  return [
    '| Statement | calls for one | µs for one | share | bytes of WAL for one |',
    '|---|---:|---:|---:|---:|',
    ...rows.slice(0, SHOWN).map((row) => line(nameOf(row.query), [row])),
    line(`${Math.max(0, rows.length - SHOWN)} others`, rows.slice(SHOWN)),
    line('all', rows),
    '',
  ].join('\n');
}

/** What a statement does to which tables: `update verification, insert event`. */
export function nameOf(query: string): string {
  const text = query.replaceAll(/--.*$/gm, '').replaceAll(/\s+/g, ' ').replaceAll('"', '').trim().toLowerCase();
  const queue = /pgboss\.\w+/.exec(text) ? ' (queue)' : '';
  const writes = [...text.matchAll(/\b(insert into|update|delete from) (?!set\b|of\b|skip\b)(?:pgboss\.)?(\w+)/g)].map(
    ([, verb = '', table = '']) => `${verb.split(' ')[0]} \`${table}\``,
  );
  if (writes.length > 0) return `${[...new Set(writes)].join(', ')}${queue}`;
  const named = new Set(
    [...text.matchAll(/\b(\w+) ?(?:\([^)]*\) ?)?as (?:not )?(?:materialized )?\(/g)].map(([, name]) => name),
  );
  const from = [...text.matchAll(/(?<!distinct |epoch )\bfrom (?:only )?(?:pgboss\.|public\.)?(\w+)\b(?![.(])/g)].map(
    ([, name]) => name,
  );
  const [table] = from.filter((name) => !named.has(name));
  return table ? `read \`${table}\`${queue}` : `\`${text.slice(0, 40)}\``;
}
