import type { Pairs } from './results.js';
import { quantile } from './statistics.js';

/** The figures of which more is better. */
const MORE_IS_BETTER: ReadonlySet<string> = new Set(['calls/s', 'changes followed/s', 'changes reported/s']);
/** The share by which the median of the ratios may be worse. */
const TOLERANCE = 0.05;

/** Two contenders whose rounds are compared one by one. */
export interface Pairing {
  readonly of: string;
  readonly to: string;
  /** Whether the first one must not be slower. */
  readonly isJudged: boolean;
}

/** Divides the value of each round by the other contender's of the same round. */
export function pairUp(values: readonly number[], others: readonly number[]): Pick<Pairs, 'ratios' | 'median'> {
  const ratios = others.slice(0, values.length).map((value, round) => ratio(values[round] ?? Number.NaN, value));
  return { ratios, median: quantile(ratios, 0.5) };
}

/** Prints the medians of the ratios. Where it is judged, marks each figure that is worse by more than the tolerance. */
export function pairLines(pairs: readonly Pairs[], { of, to, isJudged }: Pairing): string[] {
  if (pairs.length === 0) return [];
  const lines = ['', `${of} divided by ${to}, by pairs of one round: median (min to max)`];
  let title = '';
  for (const { measurement, size, figure, ratios, median } of pairs) {
    if (title !== `${measurement}, ${size}`) {
      title = `${measurement}, ${size}`;
      lines.push(title);
    }
    const spread = `${median.toFixed(3)} (${Math.min(...ratios).toFixed(3)} to ${Math.max(...ratios).toFixed(3)})`;
    const better = MORE_IS_BETTER.has(figure) ? '   more is better' : '';
    lines.push(`  ${figure.padEnd(38)}${spread}${better}${isJudged && isWorse(figure, median) ? '   WORSE' : ''}`);
  }
  if (!isJudged) return lines;
  const worse = pairs.filter(({ figure, median }) => isWorse(figure, median)).length;
  return [...lines, `${worse} of ${pairs.length} figures are worse by more than ${TOLERANCE * 100} %`];
}

function isWorse(figure: string, median: number): boolean {
  return MORE_IS_BETTER.has(figure) ? median < 1 - TOLERANCE : median > 1 + TOLERANCE;
}

function ratio(value: number, other: number): number {
  return value === other ? 1 : value / other;
}
