import { describe, expect, it } from 'vitest';
import { scaled } from '../../../testing/time-factor.js';
import { runChaos } from './chaos-run.js';

const SEED = 20_260_101;

describe.each([
  { servers: 'embedded', minutes: 0.25 },
  { servers: 'real', minutes: 0.25 },
] as const)('under chaos on $servers servers', { timeout: scaled(180_000) }, ({ servers, minutes }) => {
  it(`watches keep the delivery contract, and every promise settles (seed ${SEED})`, async () => {
    const chronicle = await runChaos({ servers, minutes, seed: SEED, leastReconnections: 4 });
    expect(chronicle.stories).toEqual([]);
    expect(chronicle.violations).toBe(0);
    // The run must have done some work.
    expect(chronicle.faultCount).toBeGreaterThan(3);
    expect(chronicle.reconnections).toBeGreaterThan(3);
    expect(chronicle.calls).toBeGreaterThan(1_000);
    expect(chronicle.quietPoints).toBeGreaterThan(0);
  });
});
