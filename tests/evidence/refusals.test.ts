/** Whether the time of an answer tells which gate of connect refused. */
import { expect } from 'vitest';
import { evidence, runNode } from '../support/evidence.js';

interface PairArea {
  readonly state: string;
  readonly operation: string;
  readonly pair: string;
  readonly area: number;
  readonly isNull: boolean;
  readonly chance: number;
}

const GOAL = 0.55;

evidence('refusals', 'Refusals of connect by their time', async ({ size, progress, about, figure, isShort }) => {
  const requests = size(2_000, 12);
  progress(`${requests} requests of each kind, at rest and at half load`);
  const args = ['benchmarks/refusals.ts', '--requests', String(requests), '--json'];
  const stdout = await runNode(args, (printed) => printed.startsWith('['));
  const areas = JSON.parse(stdout) as PairArea[];
  about(
    `${requests} requests of each kind, interleaved at random: the area under the ROC curve of each pair of kinds; 0.5 tells nothing.`,
  );
  for (const [of, group] of Map.groupBy(areas, ({ operation, state }) => `\`${operation}\` ${state}`)) {
    const nulls = group
      .filter(({ isNull }) => isNull)
      .map(({ area, chance }) => `${area.toFixed(3)} (chance: 0.5 ± ${chance.toFixed(3)})`);
    const pairs = group.filter(({ isNull }) => !isNull).sort((left, right) => right.area - left.area);
    figure(
      `${of}: worst of ${pairs.length} pairs, ${pairs[0]?.pair}`,
      (pairs[0]?.area ?? 0).toFixed(3),
      `at most ${GOAL}`,
    );
    figure(`${of}: two of one kind`, nulls.join(', '));
  }
  expect(new Set(areas.map(({ operation, state }) => `${operation} ${state}`)).size).toBe(4);
  if (!isShort)
    expect(Math.max(...areas.filter(({ isNull }) => !isNull).map(({ area }) => area))).toBeLessThanOrEqual(GOAL);
});
