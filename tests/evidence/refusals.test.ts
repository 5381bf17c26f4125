/** Whether the time of an answer tells which gate of connect refused. */
import { expect } from 'vitest';
import { evidence, runNode } from '../support/evidence.js';

interface PairArea {
  readonly state: string;
  readonly operation: string;
  readonly left: string;
  readonly right: string;
  readonly area: number;
  readonly isNull: boolean;
  readonly chance: number;
}

const GOAL = 0.55;
const shown = (area: number) => area.toFixed(3);

evidence('refusals', 'Refusals of connect by their time', async ({ size, progress, about, figure, isShort }) => {
  const requests = size(1_500, 6);
  progress(`${requests} requests of each kind, at rest and at half load`);
  const args = ['benchmarks/refusals.ts', '--requests', String(requests), '--lines', '6', '--json'];
  const stdout = await runNode(args, (printed) => printed.startsWith('['));
  const areas = JSON.parse(stdout) as PairArea[];
  const chance = areas[0]?.chance ?? 0;
  about(
    `${requests} requests of each kind, interleaved at random: the area under the ROC curve of each pair of kinds; 0.5 tells nothing. Each kind was refused by its own gate alone: its answers, rows and metrics say so, and with that gate open the same request was taken. Of all pairs, chance alone takes one in twenty further from 0.5 than ${chance.toFixed(3)}. The lists of pairs are at rest / at half load.`,
  );
  const [nulls, pairs] = [areas.filter(({ isNull }) => isNull), areas.filter(({ isNull }) => !isNull)];
  for (const [of, group] of Map.groupBy(pairs, ({ operation, state }) => `\`${operation}\` ${state}`)) {
    const worst = group.reduce((one, other) => (other.area > one.area ? other : one));
    const twins = nulls.filter(({ operation, state }) => of === `\`${operation}\` ${state}`);
    const far = group.filter(({ area }) => area - 0.5 > chance).length;
    figure(
      `${of}: worst of ${group.length} pairs, ${worst.left} / ${worst.right}`,
      shown(worst.area),
      `at most ${GOAL}`,
    );
    figure(`${of}: two of one kind`, `${twins.map(({ area }) => shown(area)).join()} (chance: 0.5 ± ${shown(chance)})`);
    figure(`${of}: pairs beyond 0.5 ± ${shown(chance)}`, `${far} of ${group.length}`);
  }
  for (const [of, group] of Map.groupBy(pairs, ({ operation, left }) => `\`${operation}\`: ${left} and`)) {
    const byOther = Map.groupBy(group, ({ right }) => right);
    figure(
      of,
      [...byOther].map(([right, both]) => `${right} ${both.map(({ area }) => shown(area)).join('/')}`).join(', '),
    );
  }
  expect(new Set(areas.map(({ operation, state }) => `${operation} ${state}`)).size).toBe(4);
  expect(nulls).toHaveLength(4);
  if (!isShort) expect(Math.max(...pairs.map(({ area }) => area))).toBeLessThanOrEqual(GOAL);
});
