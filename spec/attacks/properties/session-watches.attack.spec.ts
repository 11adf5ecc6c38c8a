import fc from 'fast-check';
import { describe, expect } from 'vitest';
import type { WatchedEvent, Watcher } from '../../../lib/core/coordination-client.js';
import { Chroot } from '../../../lib/zookeeper/session/chroot.js';
import { SessionWatches, type WatchList } from '../../../lib/zookeeper/session/session-watches.js';
import { turn } from '../../../testing/virtual-clock.js';
import { holds } from './holds.js';

const KINDS_OF_EVENT: Readonly<Record<WatchedEvent['type'], readonly WatchList[]>> = {
  NodeCreated: ['data', 'exist'],
  NodeDataChanged: ['data', 'exist'],
  NodeChildrenChanged: ['child'],
  NodeDeleted: ['data', 'exist', 'child'],
};

const path = fc.constantFrom('/a', '/a/b', '/b');
const watcher = fc.constantFrom(0, 1, 2);
const kind = fc.constantFrom<WatchList>('data', 'exist', 'child');
const type = fc.constantFrom<WatchedEvent['type']>(
  'NodeCreated',
  'NodeDataChanged',
  'NodeChildrenChanged',
  'NodeDeleted',
);

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('add' as const), kind, path, watcher }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), path, watcher }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('fire' as const), path, type }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('close' as const) }) },
);

describe("the client's table of watches", () => {
  holds(
    'behaves as a set of one-shot watches, calls a watcher once for an event, and nobody once it is closed',
    fc.array(step, { maxLength: 50, size: 'max' }),
    async (steps) => {
      const called: string[] = [];
      const watchers = [0, 1, 2].map(
        (nth): Watcher =>
          ({ type, path }) => {
            called.push(`${nth} ${type} ${path}`);
            if (nth === 2) throw new Error('as watchers do');
          },
      );
      let reported = 0;
      const table = new SessionWatches(new Chroot(''), () => {
        reported += 1;
      });
      let model: { kind: WatchList; path: string; watcher: number }[] = [];
      const expected: string[] = [];
      let isClosed = false;
      for (const step of steps) {
        if (step.do === 'add') {
          const { kind, path, watcher } = step;
          const type = kind === 'child' ? 'child' : 'data';
          const arms = { type, absolute: path, watcher: watchers[watcher] as Watcher } as const;
          table.begin(arms);
          table.end(arms, kind);
          const isThere = model.some((each) => each.kind === kind && each.path === path && each.watcher === watcher);
          if (!isThere && !isClosed) model.push({ kind, path, watcher });
        } else if (step.do === 'remove') {
          table.remove(step.path, watchers[step.watcher] as Watcher);
          model = model.filter(({ path, watcher }) => path !== step.path || watcher !== step.watcher);
        } else if (step.do === 'fire') {
          table.fire({ type: step.type, path: step.path });
          expect(called.length, 'called within the fire').toBe(expected.length);
          const kinds = KINDS_OF_EVENT[step.type];
          const fired = model.filter(({ kind, path }) => path === step.path && kinds.includes(kind));
          model = model.filter((each) => !fired.includes(each));
          for (const nth of new Set(fired.map(({ watcher }) => watcher))) {
            expected.push(`${nth} ${step.type} ${step.path}`);
          }
          await turn();
        } else {
          table.close();
          isClosed = true;
          model = [];
        }
        expect([...called].sort()).toEqual([...expected].sort());
        const armed = [...table.chunks()].flatMap((chunk) =>
          Object.entries(chunk).flatMap(([kind, paths]) => (paths as string[]).map((path) => `${kind} ${path}`)),
        );
        expect(armed.sort()).toEqual([...new Set(model.map(({ kind, path }) => `${kind} ${path}`))].sort());
      }
      expect(reported).toBe(called.filter((call) => call.startsWith('2')).length);
    },
  );
});
