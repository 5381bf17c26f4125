import { fakeConnection } from '../fake-connection.js';

export interface Window {
  readonly startsAt: number;
  readonly endsAt: number;
}

/**
 * The table of counters as PostgreSQL keeps it: one upsert adds hits to a window that is open and begins one where
 * it is over. `time.now` is everybody's clock; an answer takes `time.answerMs` to come back.
 */
export function windowTable(time: { now: number; answerMs: number }) {
  const table = new Map<string, { hits: number; endsAt: number }>();
  const windows: Window[] = [];
  const counters: number[] = [];
  const connection = fakeConnection(({ parameters }) => {
    const [workspaceIds, keys, hits, windowMs] = parameters as [string[], Uint8Array[], number[], number[]];
    const touched = new Set<string>();
    counters.push(keys.length);
    const rows = keys.map((key, index) => {
      const name = `${workspaceIds[index]} ${Buffer.from(key).toString('hex')}`;
      if (touched.has(name)) throw new Error('ON CONFLICT DO UPDATE command cannot affect row a second time');
      touched.add(name);
      let row = table.get(name);
      if (!row || row.endsAt <= time.now) {
        row = { hits: 0, endsAt: time.now + Number(windowMs[index]) };
        windows.push({ startsAt: time.now, endsAt: row.endsAt });
        table.set(name, row);
      }
      row.hits += Number(hits[index]);
      return { key, hits: row.hits, ends_in_ms: row.endsAt - time.now };
    });
    time.now += time.answerMs;
    return rows;
  });
  return { ...connection, windows, counters };
}
