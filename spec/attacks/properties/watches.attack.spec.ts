import { describe } from 'vitest';
import { FaithfulClient } from '../../../testing/faithful-client.js';
import { FakeClient } from '../../../testing/fake-client.js';
import { withVirtualClock } from '../../../testing/virtual-clock.js';
import { holds } from './holds.js';
import { WatchRig } from './watch-rig.js';
import { watchStory } from './watch-steps.js';

describe('watches keep the delivery contract, whatever happens to the znode, the client and the functions,', () => {
  const clients: [string, () => FakeClient][] = [
    ['on a client that loses watches and goes back in time', () => new FakeClient()],
    ['on a client whose watches outlive its connections', () => new FaithfulClient()],
  ];
  for (const [name, makeClient] of clients) {
    for (const hasNeighbours of [false, true]) {
      holds(
        `${name}${hasNeighbours ? ', beside neighbours that harm all that they are given' : ''}`,
        watchStory,
        ({ chance, beginsWithNodes, steps }) =>
          withVirtualClock(chance, async (clock) => {
            const rig = new WatchRig(clock, makeClient(), { beginsWithNodes, hasNeighbours });
            for (const step of steps) await rig.do(step);
            await rig.finish();
            rig.expectKept();
            rig.expectNothingLeft();
          }),
        1_500,
      );
    }
  }
});
