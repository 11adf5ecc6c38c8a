import { describe } from 'vitest';
import { withVirtualClock } from '../../../testing/virtual-clock.js';
import { holds } from './holds.js';
import { SessionRig } from './session-rig.js';
import { sessionStory } from './session-steps.js';

describe('a session, whatever the network and its user do', () => {
  holds(
    'keeps to its states and clocks, never goes back in history, sends no write twice and settles every promise',
    sessionStory,
    (story) =>
      withVirtualClock(story.chance, async (clock) => {
        await new SessionRig(clock, story).play(story);
      }),
    500,
  );
});
