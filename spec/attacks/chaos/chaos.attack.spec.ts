import { describe, expect, it } from 'vitest';
import { scaled } from '../../../testing/time-factor.js';
import { runChaos } from './chaos-run.js';

const SEED = 20_260_101;

describe.each([
  { servers: 'embedded', isSecure: false, transport: 'TCP' },
  { servers: 'real', isSecure: false, transport: 'TCP' },
  { servers: 'real', isSecure: true, transport: 'TLS' },
] as const)(
  'under chaos on $servers servers over $transport',
  { timeout: scaled(180_000) },
  ({ servers, isSecure }) => {
    it(`watches keep the delivery contract, and every promise settles (seed ${SEED})`, async () => {
      const chronicle = await runChaos({ servers, isSecure, minutes: 0.25, seed: SEED, least: 4 });
      expect(chronicle.stories).toEqual([]);
      expect(chronicle.violations).toBe(0);
      // The run must have done some work.
      expect(chronicle.faultCount).toBeGreaterThan(3);
      expect(chronicle.reconnections).toBeGreaterThan(3);
      expect(chronicle.calls).toBeGreaterThan(1_000);
      expect(chronicle.quietPoints).toBeGreaterThan(0);
      if (isSecure) expect(chronicle.secured?.connections).toBeGreaterThan(chronicle.reconnections);
      else expect(chronicle.secured).toBe(null);
    });
  },
);
