import fc from 'fast-check';
import { describe, expect } from 'vitest';
import type { WatchedEvent } from '../../../lib/core/coordination-client.js';
import { ExpiryQueue } from '../../../lib/embedded/sessions/expiry-queue.js';
import { WatcherIndex, type WatchMode } from '../../../lib/embedded/tree/watcher-index.js';
import { withVirtualClock } from '../../../testing/virtual-clock.js';
import { holds } from './holds.js';

const path = fc.constantFrom('/', '/a', '/a/b', '/a/b/c', '/ab', '/b');
const target = fc.constantFrom('x', 'y', 'z');

const tableStep = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('add' as const),
      path,
      target,
      mode: fc.constantFrom<WatchMode>('standard', 'standard', 'persistent', 'persistent-recursive'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), path, target }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('removeAll' as const), target }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('fire' as const),
      path,
      type: fc.constantFrom<WatchedEvent['type']>(
        'NodeCreated',
        'NodeDeleted',
        'NodeDataChanged',
        'NodeChildrenChanged',
      ),
    }),
  },
);

describe("the server's table of watches", () => {
  holds(
    'behaves as a list of them, whatever is added, removed and fired',
    fc.array(tableStep, { maxLength: 60, size: 'max' }),
    (steps) => {
      const table = new WatcherIndex<string>();
      let model: { path: string; target: string; mode: WatchMode }[] = [];
      for (const step of steps) {
        const isMeant = (watch: { path: string; target: string }): boolean =>
          (!('path' in step) || watch.path === step.path) && (!('target' in step) || watch.target === step.target);
        if (step.do === 'fire') {
          const isTold = ({ path, mode }: (typeof model)[number]): boolean => {
            if (mode !== 'persistent-recursive') return path === step.path;
            const isBelow = path === '/' || path === step.path || step.path.startsWith(`${path}/`);
            return isBelow && step.type !== 'NodeChildrenChanged';
          };
          expect(table.fire(step.path, step.type)).toEqual(new Set(model.filter(isTold).map(({ target }) => target)));
          model = model.filter((watch) => watch.mode !== 'standard' || !isTold(watch));
        } else {
          const present = model.some(isMeant);
          if (step.do === 'add') table.add(step.path, step.target, step.mode);
          else if (step.do === 'remove') expect(table.remove(step.path, step.target)).toBe(present);
          else table.removeAll(step.target);
          model = model.filter((watch) => !isMeant(watch));
          if (step.do === 'add') model.push({ path: step.path, target: step.target, mode: step.mode });
        }
        expect(table.size).toBe(model.length);
        const flat = [...table.paths].flatMap(([path, modes]) =>
          [...modes].map(([target, mode]) => `${path} ${target} ${mode}`),
        );
        expect(flat.sort()).toEqual(model.map(({ path, target, mode }) => `${path} ${target} ${mode}`).sort());
        const byTarget = [...table.targets].flatMap(([target, paths]) => [...paths].map((path) => `${path} ${target}`));
        expect(byTarget.sort()).toEqual(model.map(({ path, target }) => `${path} ${target}`).sort());
      }
    },
  );
});

const TICK = 50;
const id = fc.constantFrom(1n, 2n, 3n, 4n);
const queueStep = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('touch' as const), id, timeout: fc.integer({ min: 0, max: 400 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('remove' as const), id }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 300 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('stop' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('resume' as const) }) },
);

describe('the queue of sessions that may expire', () => {
  holds(
    'expires each once, not before its time and less than a tick and a moment after it, and has no timer for nothing',
    fc.array(queueStep, { maxLength: 40, size: 'max' }),
    (steps) =>
      withVirtualClock(0, async (clock) => {
        const due = new Map<bigint, number>();
        let isStopped = false;
        const queue = new ExpiryQueue(TICK, (ids) => {
          expect(isStopped).toBe(false);
          for (const each of ids) {
            expect(performance.now()).toBeGreaterThan((due.get(each) ?? Number.POSITIVE_INFINITY) - 1);
            due.delete(each);
          }
        });
        const expectNoneOverdue = (): void => {
          if (isStopped) return;
          for (const at of due.values()) expect(performance.now()).toBeLessThanOrEqual(at + TICK + 1);
          expect(clock.pendingTimers).toBe(due.size > 0 ? 1 : 0);
        };
        for (const step of steps) {
          if (step.do === 'touch') {
            due.set(step.id, performance.now() + step.timeout);
            queue.touch(step.id, step.timeout);
          } else if (step.do === 'remove') {
            due.delete(step.id);
            queue.remove(step.id);
          } else if (step.do === 'pass') {
            await clock.pass(step.ms);
          } else if (step.do === 'stop') {
            isStopped = true;
            queue.stop();
            expect(clock.pendingTimers).toBe(0);
          } else {
            isStopped = false;
            queue.resume();
          }
          expectNoneOverdue();
        }
        isStopped = false;
        queue.resume();
        await clock.pass(500);
        expect(due.size).toBe(0);
        expect(clock.pendingTimers).toBe(0);
      }),
  );
});
