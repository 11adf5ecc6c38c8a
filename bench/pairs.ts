import type { Pairs } from './results.js';
import { quantile } from './statistics.js';

/** The figures of which more is better. */
const MORE_IS_BETTER: ReadonlySet<string> = new Set(['calls/s']);
/** The share by which the median of the ratios may be worse. */
const TOLERANCE = 0.05;

/** Divides our value of each round by the other checkout's of the same round. */
export function pairUp(ours: readonly number[], other: readonly number[]): Pick<Pairs, 'ratios' | 'median'> {
  const ratios = other.slice(0, ours.length).map((value, round) => ratio(ours[round] ?? Number.NaN, value));
  return { ratios, median: quantile(ratios, 0.5) };
}

/** Prints the medians of the ratios, and marks each figure that is worse by more than the tolerance. */
export function pairLines(pairs: readonly Pairs[], otherCheckout: string): string[] {
  if (pairs.length === 0) return [];
  const lines = ['', `ours divided by ${otherCheckout}, by pairs of one round: median (min to max)`];
  let title = '';
  for (const { measurement, size, figure, ratios, median } of pairs) {
    if (title !== `${measurement}, ${size}`) {
      title = `${measurement}, ${size}`;
      lines.push(title);
    }
    const spread = `${median.toFixed(3)} (${Math.min(...ratios).toFixed(3)} to ${Math.max(...ratios).toFixed(3)})`;
    const better = MORE_IS_BETTER.has(figure) ? '   more is better' : '';
    lines.push(`  ${figure.padEnd(38)}${spread}${better}${isWorse(figure, median) ? '   WORSE' : ''}`);
  }
  const worse = pairs.filter(({ figure, median }) => isWorse(figure, median)).length;
  return [...lines, `${worse} of ${pairs.length} figures are worse by more than ${TOLERANCE * 100} %`];
}

function isWorse(figure: string, median: number): boolean {
  return MORE_IS_BETTER.has(figure) ? median < 1 - TOLERANCE : median > 1 + TOLERANCE;
}

function ratio(ours: number, other: number): number {
  return ours === other ? 1 : ours / other;
}
