import { describe, expect, it } from 'vitest';
import { play, simulate } from './simulate.js';

const SEED = 20_26;
const STEPS = 600_000;

describe('the simulation', () => {
  it(`keeps the delivery contract over ${STEPS} steps`, { timeout: 120_000 }, async () => {
    const { tally, failed } = await simulate(SEED, STEPS);
    const again = `npm run simulate -- --scenario ${failed?.seed}`;
    expect(failed?.violation ?? null, `${again}\n${failed?.story.slice(-100).join('\n')}`).toBeNull();
    expect(tally.calls).toBeGreaterThan(5_000);
    // Some 80 to 160, by the seed.
    expect(tally.sessionsLost).toBeGreaterThan(50);
    expect(tally.slowestDelivery).toBeLessThan(1_000);
  });

  // In both a read that failed while the servers were away was still in its pause a second after the reconnection.
  it.each([3_936_859_958, 1_483_202_322])('keeps the delivery contract in scenario %i', async (seed) => {
    const { violation, story } = await play(seed, true);
    expect(violation, story.slice(-100).join('\n')).toBeNull();
  });

  it('plays the same scenario from the same seed, to the last line', async () => {
    for (const seed of [7, 8, 9]) {
      const once = await play(seed, true);
      const again = await play(seed, true);
      expect(once.story.length).toBeGreaterThan(100);
      expect(again.story).toEqual(once.story);
      expect(again.tally).toEqual(once.tally);
    }
  });

  it('plays the same scenario recorded and unrecorded', async () => {
    const recorded = await play(11, true);
    const unrecorded = await play(11);
    expect(unrecorded.tally).toEqual(recorded.tally);
    expect(unrecorded.story).toEqual([]);
  });

  it('plays different scenarios from different seeds', async () => {
    const [one, other] = [await play(1, true), await play(2, true)];
    expect(one.story).not.toEqual(other.story);
  });

  it('restores the clock and the chance of the process', async () => {
    const own = [setTimeout, clearTimeout, setImmediate, clearImmediate, performance.now, Date.now, Math.random];
    await play(3);
    expect([setTimeout, clearTimeout, setImmediate, clearImmediate, performance.now, Date.now, Math.random]).toEqual(
      own,
    );
  });
});

describe('the oracle', () => {
  it('notices a server that loses events', async () => {
    const { failed } = await simulate(SEED, STEPS, 'loses-events');
    expect(failed?.violation?.message).toMatch(
      /the past|was last called|was never called|missed a change|holds 0 watches|is at \d+, with/,
    );
    expect(failed?.story.at(-1)).toBeDefined();
  });

  it('notices a server that shows the past to a client that has seen more', async () => {
    const { failed } = await simulate(SEED, STEPS, 'shows-the-past');
    expect(failed?.violation?.message).toMatch(/the past|was last called|was never called|missed a change/);
  });

  it('reports the same violation when the scenario is played again', async () => {
    const { failed } = await simulate(SEED, STEPS, 'loses-events');
    const again = await play(failed?.seed ?? 0, true, 'loses-events');
    expect(again.violation?.message).toBe(failed?.violation?.message);
    expect(again.story).toEqual(failed?.story);
  });
});
