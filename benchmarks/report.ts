/** The tables: what was measured, then how each server stands to the others. */
import { WORKLOADS, type Workload } from './contender.ts';
import type { Measurement } from './measure.ts';

/** A promise about the gateway's speed. */
interface Bar {
  workload: Workload;
  against: string;
  measure: 'operationsPerSecond' | 'serverCpuUs';
  limit: number;
}

const BARS: readonly Bar[] = [
  { workload: 'read', against: 'floor', measure: 'serverCpuUs', limit: 2 },
  { workload: 'read', against: 'stock', measure: 'operationsPerSecond', limit: 5 },
  { workload: 'send+confirm', against: 'floor', measure: 'serverCpuUs', limit: 3 },
  { workload: 'send+confirm', against: 'better-auth', measure: 'operationsPerSecond', limit: 4 },
];

const REFERENCES = ['floor', 'stock', 'better-auth'];

/** Everything as text for a person. */
export function report(measurements: Measurement[]): string {
  const absolute = measurements.map((each) => [
    each.workload,
    each.contender,
    rounded(each.operationsPerSecond),
    rounded(each.p50Ms, 2),
    rounded(each.p99Ms, 2),
    rounded(each.serverCpuUs),
    rounded(each.databaseCpuUs),
    rounded(each.otherCpuShare * 100),
    String(each.failed),
  ]);
  const ratios = measurements.map((each) => [
    each.workload,
    each.contender,
    ...REFERENCES.map((name) => times(ratio(measurements, each, name, 'operationsPerSecond'))),
    ...REFERENCES.map((name) => times(ratio(measurements, each, name, 'serverCpuUs'))),
  ]);
  const byWorkload = (rows: string[][]) => WORKLOADS.flatMap((name) => rows.filter(([workload]) => workload === name));
  return [
    table(
      ['workload', 'server', 'ops/s', 'p50 ms', 'p99 ms', 'server CPU µs/op', 'database CPU µs/op', 'noise %', 'wrong'],
      byWorkload(absolute),
    ),
    table(
      [
        'workload',
        'server',
        ...REFERENCES.map((name) => `ops/s ÷ ${name}`),
        ...REFERENCES.map((name) => `CPU ÷ ${name}`),
      ],
      byWorkload(ratios),
    ),
    ...barLines(measurements),
  ].join('\n');
}

function barLines(measurements: Measurement[]): string[] {
  return BARS.flatMap(({ workload, against, measure, limit }) => {
    const gateway = measurements.find((each) => each.contender === 'gateway' && each.workload === workload);
    const value = gateway && ratio(measurements, gateway, against, measure);
    if (value === undefined) return [];
    const [word, bound, met] =
      measure === 'serverCpuUs'
        ? ['server CPU', 'at most', value <= limit]
        : ['throughput', 'at least', value >= limit];
    const verdict = met ? 'met' : 'MISSED';
    return [`${verdict}: ${workload}, ${word} ${times(value)} that of ${against}, ${bound} ${times(limit)} wanted`];
  });
}

function ratio(measurements: Measurement[], of: Measurement, name: string, measure: Bar['measure']) {
  const reference = measurements.find((each) => each.contender === name && each.workload === of.workload)?.[measure];
  const value = of[measure];
  return !reference || Number.isNaN(value / reference) ? undefined : value / reference;
}

const rounded = (value: number, digits = 0) => (Number.isNaN(value) ? '–' : value.toFixed(digits));
const times = (value: number | undefined) => (value === undefined ? '–' : `${value.toFixed(2)} ×`);

/** A Markdown table that also reads well in a terminal: names to the left, numbers to the right. */
function table(head: string[], rows: string[][]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: string[]) =>
    `| ${cells.map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`;
  const rule = widths.map((width, column) => (column < 2 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return `${[line(head), line(rule), ...rows.map(line)].join('\n')}\n`;
}
