import type { Result, Results } from '../results.js';

interface Headline {
  readonly figure: string;
  readonly title: (size: string) => string;
}

/** The figures that are drawn of each measurement. Less is better in all of them. */
const HEADLINES: ReadonlyMap<string, readonly Headline[]> = new Map<string, readonly Headline[]>([
  ['latency', [{ figure: 'p50, ms', title: () => 'From a change to the call, median' }]],
  [
    'throughput',
    [{ figure: 'CPU per call, µs', title: (size) => `${size} watched znodes under changes: processor time of a call` }],
  ],
  [
    'fan-out',
    [{ figure: 'time until the last call, ms', title: (size) => `One change, ${size} watches on one znode` }],
  ],
  ['arming', [{ figure: 'time, ms', title: (size) => `Making ${size} watches` }]],
  [
    'recovery',
    [{ figure: 'connection to the last call, ms', title: (size) => `${size} watches after a cut: caught up` }],
  ],
  [
    'expiry',
    [{ figure: 'connection to the last call, ms', title: (size) => `${size} watches, session expired: caught up` }],
  ],
  [
    'children',
    [{ figure: 'last change to the last list, ms', title: (size) => `${size} children, 1,000 changes: last list` }],
  ],
  [
    'patience',
    [{ figure: 'beyond the boundary, ms', title: () => 'PatientChildrenWatch: beyond its boundary of 1 s' }],
  ],
  ['idle', [{ figure: 'CPU a minute later, % of a core', title: (size) => `${size} watches at rest` }]],
  ['tree', [{ figure: 'time until complete, ms', title: (size) => `A tree of ${size} znodes: complete` }]],
  [
    'tree-recovery',
    [{ figure: 'connection to the last call, ms', title: (size) => `A tree of ${size} znodes after a cut: caught up` }],
  ],
  [
    'tree-changes',
    [
      { figure: 'time until the last change, ms', title: (size) => `20,000 changes in a tree of ${size}: caught up` },
      { figure: 'p50, ms', title: (size) => `From a change in a tree of ${size} to its report, median` },
      {
        figure: "the server's CPU, ms",
        title: (size) => `20,000 changes in a tree of ${size}: processor time of the server`,
      },
    ],
  ],
]);

/** One bar, or the reason why it is missing. */
export interface Bar {
  readonly contender: string;
  readonly value: number | null;
  readonly label: string;
}

/** The bars of one measurement at one size. */
export interface Panel {
  readonly title: string;
  readonly bars: readonly Bar[];
}

/** The drawn part of the results, in their order. */
export function panelsOf({ results, missing }: Results, contenders: readonly string[]): Panel[] {
  return results.flatMap((result) => {
    const known = HEADLINES.get(result.measurement)?.find(({ figure }) => figure === result.figure);
    if (!known) return [];
    const bars = contenders.flatMap((contender): Bar[] => {
      const absence = missing.find(
        (one) => one.contender === contender && one.measurement === result.measurement && one.size === result.size,
      );
      if (absence) return [{ contender, value: null, label: absence.reason }];
      return barOf(result, contender);
    });
    return [{ title: known.title(result.size.toLocaleString('en-US')), bars }];
  });
}

function barOf({ figure, contenders }: Result, contender: string): Bar[] {
  const summary = contenders[contender];
  if (!summary) return [];
  const { median, ratioToOurs } = summary;
  const value = print(median, figure.slice(figure.lastIndexOf(', ') + 2));
  // A ratio to zero or less is meaningless.
  const ratio = ratioToOurs && ratioToOurs > 0 && Number.isFinite(ratioToOurs) ? `  ×${threeDigits(ratioToOurs)}` : '';
  return [{ contender, value: median, label: value + ratio }];
}

function print(value: number, unit: string): string {
  if (unit === 'ms' && value >= 1_000) return `${threeDigits(value / 1_000)} s`;
  return unit.startsWith('%') ? `${threeDigits(value)}${unit}` : `${threeDigits(value)} ${unit}`;
}

function threeDigits(value: number): string {
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}
