/** What a statement does, in the words of a span: never its values, and not its text. */

export interface StatementSummary {
  /** Each operation and its table, such as `INSERT verification INSERT verification_step`. */
  readonly summary: string;
  /** The operation, such as `INSERT`, and its table, where there is one alone. */
  readonly operation: string | undefined;
  readonly table: string | undefined;
}

/** Texts are written out in the program; this many are more than it has. */
const MAX_KNOWN = 2_000;
const known = new Map<string, StatementSummary>();

// `for update of` and `do update set` are no statements of their own; `from f(…)` and `epoch from t.c` name no table.
const WRITES = /\b(insert)\s+into\s+([a-z_]+)|\b(update)\s+(?!set\b|of\b)([a-z_]+)|\b(delete)\s+from\s+([a-z_]+)/gi;
const READ = /\b(?:from|join)\s+([a-z_]+)\b(?!\s*[.(])/i;

export function summaryOf(text: string): StatementSummary {
  const before = known.get(text);
  if (before) return before;
  const summary = read(text);
  if (known.size < MAX_KNOWN) known.set(text, summary);
  return summary;
}

function read(text: string): StatementSummary {
  const writes = [...text.matchAll(WRITES)].map((match) => {
    const [verb = '', table = ''] = match.slice(1).filter((part) => part !== undefined);
    return { operation: verb.toUpperCase(), table };
  });
  const parts = writes.length > 0 ? writes : [{ operation: 'SELECT', table: READ.exec(text)?.[1] }];
  const words = parts.map(({ operation, table }) => (table === undefined ? operation : `${operation} ${table}`));
  const summary = [...new Set(words)].join(' ');
  const [only] = parts;
  return parts.length === 1 && only ? { summary, ...only } : { summary, operation: undefined, table: undefined };
}
