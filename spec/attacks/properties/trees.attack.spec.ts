import { describe } from 'vitest';
import { FakeTreeClient } from '../../../testing/fake-tree-client.js';
import { withVirtualClock } from '../../../testing/virtual-clock.js';
import { holds } from './holds.js';
import { TreeRig } from './tree-rig.js';
import { treeStory } from './tree-steps.js';

describe('watches of trees end with the tree of the service, by changes that lead to it,', () => {
  for (const hasRecursive of [true, false]) {
    for (const hasZxids of [true, false]) {
      const name = `${hasRecursive ? 'recursive' : 'one-shot'} watches, events with${hasZxids ? '' : 'out'} zxids`;
      holds(
        name,
        treeStory,
        ({ chance, paths, steps }) =>
          withVirtualClock(chance, async (clock) => {
            const client = new FakeTreeClient();
            Object.assign(client.server, { hasRecursive, hasZxids });
            const rig = new TreeRig(clock, client, paths);
            for (const step of steps) await rig.do(step);
            await rig.finish();
          }),
        500,
      );
    }
  }
});
