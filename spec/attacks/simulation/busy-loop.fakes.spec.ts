import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../testing/seeded-random.js';
import { turn, type VirtualClock, withVirtualClock } from '../../../testing/virtual-clock.js';
import { ENTRIES, keepBusy } from './busy-loop.js';

/** Runs the clock to its end, with the microtasks of each event. */
async function runAll(clock: VirtualClock): Promise<void> {
  while (clock.step()) await turn();
}

describe('a busy event loop', () => {
  it.each(ENTRIES)('stands still in pieces entered by %s, with one turn between them', async (entry) => {
    await withVirtualClock(1, async (clock) => {
      const pieces: [number, number][] = [];
      const polls: number[] = [];
      const poll = (): void => {
        polls.push(clock.now);
        if (clock.now < 1_600) clock.atClient(1, poll);
      };
      clock.atClient(0, poll);
      const block = (ms: number): void => {
        const began = clock.now;
        clock.spin(ms);
        pieces.push([began, clock.now]);
      };
      const plan = { entry, piece: () => 100, total: 450, gap: 0 };
      let ends = 0;
      keepBusy({ clock, random: new SeededRandom(1), isCalm: false, block }, plan, () => {
        ends += 1;
      });
      await runAll(clock);
      expect(ends).toBe(1);
      expect(pieces.length).toBeGreaterThanOrEqual(4);
      expect(pieces.length).toBeLessThanOrEqual(5);
      for (const [index, [began, ended]] of pieces.entries()) {
        expect(ended - began).toBe(100);
        const next = pieces[index + 1]?.[0];
        if (next === undefined) continue;
        expect(next - ended).toBeLessThanOrEqual(3);
        expect(polls.some((at) => at >= ended && at <= next)).toBe(true);
      }
    });
  });
});
