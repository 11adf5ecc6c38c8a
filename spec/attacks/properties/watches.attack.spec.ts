import { describe } from 'vitest';
import { FakeClient } from '../../../testing/fake-client.js';
import { FaithfulClient } from './faithful-client.js';
import { holds } from './holds.js';
import { withVirtualClock } from './virtual-clock.js';
import { WatchStage } from './watch-stage.js';
import { watchStory } from './watch-steps.js';

describe('watches keep the delivery contract, whatever happens to the znode, the client and the functions,', () => {
  const clients: [string, () => FakeClient][] = [
    ['on a client that loses watches and goes back in time', () => new FakeClient()],
    ['on a client whose watches outlive its connections', () => new FaithfulClient()],
  ];
  for (const [name, makeClient] of clients) {
    holds(
      name,
      watchStory,
      ({ chance, beginsWithNodes, steps }) =>
        withVirtualClock(chance, async () => {
          const stage = new WatchStage(makeClient(), beginsWithNodes);
          for (const step of steps) await stage.do(step);
          await stage.end();
        }),
      1_500,
    );
  }
});
