import fc from 'fast-check';
import { describe, expect } from 'vitest';
import type { Target } from '../../../lib/zookeeper/session/address-book.js';
import { type Outcome, ServerRotation } from '../../../lib/zookeeper/session/server-rotation.js';
import { holds } from './holds.js';

const outcome = fc.constantFrom<Outcome>('failed', 'ended', 'unreached', 'unanswered');
const step = fc.oneof(
  { weight: 8, arbitrary: outcome },
  { weight: 1, arbitrary: fc.constantFrom('stay' as const, 'succeeded' as const) },
);

const serversOf = (count: number): Target[] =>
  Array.from({ length: count }, (_, at) => ({ host: `${at}`, port: 1, address: `${at}` }));

describe('the rotation of servers', () => {
  holds(
    'goes round in one order, stays only on request, and waits only once each server has failed',
    fc.tuple(
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 60_000 }),
      fc.array(step, { maxLength: 60, size: 'max' }),
    ),
    ([count, sessionTimeout, steps]) => {
      const rotation = new ServerRotation();
      rotation.update(serversOf(count));
      const order: (Target | undefined)[] = [];
      let [failures, longest, turn] = [0, 0, 0];
      let stays = false;
      for (const each of steps) {
        if (each === 'stay') {
          if (turn > 0) rotation.stay();
          stays = turn > 0;
          continue;
        }
        if (each === 'succeeded') {
          rotation.succeeded();
          [failures, longest] = [0, 0];
          continue;
        }
        const target = rotation.next(false);
        if (stays) expect(target).toBe(order[(turn - 1) % count]);
        else {
          order[turn % count] ??= target;
          expect(target).toBe(order[turn % count]);
          turn += 1;
        }
        stays = false;
        const { reach, answer } = rotation.times(sessionTimeout, null);
        expect(reach).toBe(answer);
        expect(answer).toBeGreaterThanOrEqual(Math.max(100, longest));
        expect(answer).toBeLessThanOrEqual(Math.max(100, sessionTimeout));
        longest = answer;
        rotation.failed(target as Target, each);
        if (each === 'failed' || each === 'ended') failures += 1;
        const delay = rotation.delay(sessionTimeout, null);
        if (failures >= count) {
          expect(delay).toBeGreaterThanOrEqual(25);
          expect(delay).toBeLessThanOrEqual(500);
        } else expect(delay).toBeLessThanOrEqual(answer < sessionTimeout ? 0 : 5_000);
      }
      expect(new Set(order).size).toBe(Math.min(turn, count));
    },
  );

  holds(
    'tries every server in each round while a session is to be saved, and gives no attempt less than its share',
    fc.tuple(fc.integer({ min: 1, max: 5 }), fc.array(outcome, { maxLength: 60, size: 'max' })),
    ([count, outcomes]) => {
      const rotation = new ServerRotation();
      const servers = serversOf(count);
      rotation.update(servers);
      for (let at = 0; at + count <= outcomes.length; at += count) {
        const round = outcomes.slice(at, at + count).map((ended) => {
          const target = rotation.next(true) as Target;
          const { reach, answer } = rotation.times(10_000, 7_000);
          expect(reach).toBeGreaterThanOrEqual(500 / count);
          expect(answer).toBeGreaterThanOrEqual(reach);
          rotation.failed(target, ended);
          return target;
        });
        expect(new Set(round)).toEqual(new Set(servers));
        expect(rotation.isBetweenRounds).toBe(true);
      }
    },
  );
});
