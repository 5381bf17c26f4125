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
  const nameOf = (workspaceId: string | undefined, key: Uint8Array) =>
    `${workspaceId} ${Buffer.from(key).toString('hex')}`;
  const connection = fakeConnection(({ sql, parameters }) => {
    if (/update rate_limit_window/.test(sql)) return release(parameters);
    const [workspaceIds, keys, hits, windowMs] = parameters as [string[], Uint8Array[], number[], number[]];
    const touched = new Set<string>();
    counters.push(keys.length);
    const rows = keys.map((key, index) => {
      const name = nameOf(workspaceIds[index], key);
      if (touched.has(name)) throw new Error('ON CONFLICT DO UPDATE command cannot affect row a second time');
      touched.add(name);
      let row = table.get(name);
      if (!row || row.endsAt <= time.now) {
        row = { hits: 0, endsAt: time.now + Number(windowMs[index]) };
        windows.push({ startsAt: time.now, endsAt: row.endsAt });
        table.set(name, row);
      }
      row.hits += Number(hits[index]);
      return { key, hits: row.hits, ends_in_ms: row.endsAt - time.now, ends_at: row.endsAt };
    });
    time.now += time.answerMs;
    return rows;
  });

  function release(parameters: readonly unknown[]) {
    const [workspaceIds, keys, hits, ends] = parameters as [string[], Uint8Array[], number[], (number | null)[]];
    for (const [index, key] of keys.entries()) {
      const row = table.get(nameOf(workspaceIds[index], key));
      const end = ends[index] ?? row?.endsAt;
      if (row?.endsAt === end && row) row.hits = Math.max(0, row.hits - Number(hits[index]));
    }
    return [];
  }
  return { ...connection, windows, counters };
}
