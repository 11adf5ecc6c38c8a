import { describe } from 'vitest';
import { holds } from './holds.js';
import { SessionStage } from './session-stage.js';
import { sessionStory } from './session-steps.js';
import { withVirtualClock } from './virtual-clock.js';

describe('a session, whatever the network and its user do', () => {
  holds(
    'keeps to its states and clocks, never goes back in history, sends no write twice and settles every promise',
    sessionStory,
    (story) =>
      withVirtualClock(story.chance, async () => {
        const stage = new SessionStage(story);
        if (story.beginsConnected) {
          await stage.do({ do: 'servers', answer: true });
          await stage.do({ do: 'connect', timeout: 15_000 });
          await stage.do({ do: 'pass', ms: 10 });
        }
        for (const step of story.steps) await stage.do(step);
        await stage.end();
      }),
    500,
  );
});
