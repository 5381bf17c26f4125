/** Every pair of kinds: how well their times tell one from the other. */
import type { Timed } from './ask.ts';
import { auc, standardError } from './auc.ts';

export const STATES = ['at rest', 'half load'] as const;
export type State = (typeof STATES)[number];

export interface PairArea {
  readonly state: State;
  readonly operation: string;
  readonly left: string;
  readonly right: string;
  readonly area: number;
  /** Both are the same kind, asked under two names. */
  readonly isNull: boolean;
  /** How far chance alone takes one pair: 1.96 standard errors. */
  readonly chance: number;
}

/** The other name of a kind: `unknown-too`. It is compared with the first name alone. */
const AGAIN = '-too';

export function pairsOf(of: Pick<PairArea, 'state' | 'operation'>, timed: ReadonlyMap<string, Timed>): PairArea[] {
  const names = [...timed.keys()];
  const pairs = names.flatMap((left, place) => names.slice(place + 1).map((right) => [left, right] as const));
  return pairs
    .filter(([left, right]) => !left.endsWith(AGAIN) && (!right.endsWith(AGAIN) || right === left + AGAIN))
    .map(([left, right]) => {
      const [these, those] = [timed.get(left)?.times ?? [], timed.get(right)?.times ?? []];
      const chance = 1.96 * standardError(these.length, those.length);
      return { ...of, left, right, area: auc(these, those), isNull: right === left + AGAIN, chance };
    });
}
