/**
 * Statements that are planned once for each connection. PostgreSQL spends more time planning a join by
 * primary keys than running it, so the hot statements carry a name.
 */
import { createHash } from 'node:crypto';
import { Client, type QueryConfig } from 'pg';

const names = new Map<string, string>();

/** Marks a statement text as prepared: from now on every connection plans it once. Returns the text. */
export function prepared(text: string): string {
  if (!names.has(text)) names.set(text, `gw_${createHash('sha256').update(text).digest('hex').slice(0, 16)}`);
  return text;
}

/** A `pg` client that names the statements marked by `prepared` and passes everything else through. */
export class PreparingClient extends Client {
  // biome-ignore lint/suspicious/noExplicitAny: pg declares `query` as seven overloads; they all pass through
  override query(config: any, values?: any, callback?: any): any {
    const name = typeof config === 'string' && Array.isArray(values) ? names.get(config) : undefined;
    if (name === undefined) return super.query(config, values, callback);
    const named: QueryConfig = { name, text: config, values };
    return super.query(named, callback);
  }
}
