import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { ServerRotation } from '../../../lib/zookeeper/session/server-rotation.js';
import { holds } from './holds.js';

const step = fc.oneof(
  { weight: 5, arbitrary: fc.constant('next' as const) },
  { weight: 4, arbitrary: fc.constant('failed' as const) },
  { weight: 1, arbitrary: fc.constantFrom('stay' as const, 'succeeded' as const) },
);

describe('the rotation of servers', () => {
  holds(
    'goes round in one order, stays only on request, and waits only once each server has failed',
    fc.tuple(
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 60_000 }),
      fc.array(step, { maxLength: 60, size: 'max' }),
    ),
    ([count, sessionTimeout, steps]) => {
      const servers = Array.from({ length: count }, (_, at) => ({ host: `${at}`, port: 1 }));
      const rotation = new ServerRotation(servers);
      const order = servers.map(() => rotation.next());
      expect(new Set(order)).toEqual(new Set(servers));
      let [turn, failures] = [0, 0];
      let longest = 0;
      for (const each of steps) {
        if (each === 'next') expect(rotation.next()).toBe(order[turn++ % count]);
        else rotation[each]();
        // At most once for each attempt.
        if (each === 'stay') expect(rotation.next()).toBe(order[(turn + count - 1) % count]);
        if (each === 'failed') failures += 1;
        if (each === 'succeeded') [failures, longest] = [0, 0];
        if (failures < count) expect(rotation.delay).toBe(0);
        else expect(rotation.delay).toBeGreaterThanOrEqual(25);
        expect(rotation.delay).toBeLessThanOrEqual(500);
        const attempt = rotation.attemptTimeout(sessionTimeout);
        expect(attempt).toBeGreaterThanOrEqual(Math.max(100, longest));
        expect(attempt).toBeLessThanOrEqual(Math.max(100, sessionTimeout));
        longest = attempt;
      }
    },
  );
});
