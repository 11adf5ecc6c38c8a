import fc from 'fast-check';
import { it } from 'vitest';

/** PROPERTY_SEED and PROPERTY_RUNS (of each property) override the defaults. */
const seed = Number(process.env.PROPERTY_SEED ?? 20_261_120);
const runsAsked = process.env.PROPERTY_RUNS;

const DEFAULT_RUNS = 300;

/** Specifies that a predicate throws for no value. A failure names the seed and the smallest value found. */
export function holds<T>(
  name: string,
  values: fc.Arbitrary<T>,
  predicate: (value: T) => void | Promise<void>,
  runs = DEFAULT_RUNS,
): void {
  const numRuns = Number(runsAsked ?? runs);
  it(name, { timeout: 3_600_000 }, async () => {
    const property = fc.asyncProperty(values, async (value) => {
      await predicate(value);
    });
    await fc.assert(property, { seed, numRuns });
  });
}
