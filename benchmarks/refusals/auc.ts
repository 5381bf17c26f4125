/** How well one number tells two kinds of request apart. */

/**
 * The area under the ROC curve: the chance that a random time of the one is longer than a random one of the other, and
 * half a chance where they are equal. 0.5 tells nothing. Folded, because a shorter time tells as much as a longer one.
 */
export function auc(left: readonly number[], right: readonly number[]): number {
  const all = [...left.map((time) => ({ time, isLeft: true })), ...right.map((time) => ({ time, isLeft: false }))];
  all.sort((one, other) => one.time - other.time);
  let rankSum = 0;
  for (let first = 0; first < all.length; ) {
    let end = first;
    while (end < all.length && all[end]?.time === all[first]?.time) end += 1;
    const rank = (first + 1 + end) / 2;
    for (let place = first; place < end; place += 1) if (all[place]?.isLeft) rankSum += rank;
    first = end;
  }
  const area = (rankSum - (left.length * (left.length + 1)) / 2) / (left.length * right.length);
  return Math.max(area, 1 - area);
}

/** The standard error of an area where there is nothing to tell (Mann and Whitney). */
export const standardError = (left: number, right: number): number =>
  Math.sqrt((left + right + 1) / (12 * left * right));

export function quantile(times: readonly number[], share: number): number {
  const sorted = [...times].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
