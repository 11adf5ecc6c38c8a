import { describe, expect, it, vi } from 'vitest';
import { Deadline } from '../../../lib/core/deadline.js';
import { DEADLINE } from '../../../lib/core/limits.js';
import { pass } from '../../../testing/passing-time.js';
import { type VirtualClock, withVirtualClock } from '../../../testing/virtual-clock.js';

const MS = 1_000;
const ENTRIES = ['timer', 'io', 'immediate'] as const;

/** A deadline on a clock of its own. `seen` has the times of its verdicts, since its start. */
async function withDeadline(
  ms: number,
  run: (clock: VirtualClock, seen: number[], deadline: Deadline) => Promise<void>,
): Promise<void> {
  await withVirtualClock(1, async (clock) => {
    const began = clock.now;
    const seen: number[] = [];
    const deadline = new Deadline(ms, () => seen.push(clock.now - began));
    await run(clock, seen, deadline);
    deadline.cancel();
    expect(clock.pendingTimers).toBe(0);
  });
}

describe('a Deadline', () => {
  it.each([1, 7, 100, 333.3, MS, 15_000])('ends on time in a loop that is free: after %d ms', async (ms) => {
    await withDeadline(ms, async (clock, seen) => {
      await clock.pass(ms - 1);
      expect(seen).toEqual([]);
      await clock.pass(DEADLINE.slices);
      expect(seen).toHaveLength(1);
      await clock.pass(10 * ms);
      expect(seen).toHaveLength(1);
    });
  });

  it('ends at once, but after the sockets were read, when no time is left', async () => {
    await withDeadline(-50, async (clock, seen) => {
      expect(seen).toEqual([]);
      clock.atClient(1, () => expect(seen).toEqual([]));
      await clock.pass(1);
      expect(seen).toHaveLength(1);
    });
  });

  it('gives no verdict once it is cancelled, not even in the turn in which it is due', async () => {
    await withDeadline(MS, async (clock, seen, deadline) => {
      clock.atClient(MS, () => deadline.cancel());
      await clock.pass(2 * MS);
      expect(seen).toEqual([]);
    });
  });

  it('counts a slice, and a half, for a loop that was blocked for an hour', async () => {
    await withDeadline(MS, async (clock, seen) => {
      await clock.pass(MS / 2);
      clock.block(3_600_000);
      await clock.pass(3_600_000 + MS / 4);
      expect(seen).toEqual([]);
      await clock.pass(MS / 2);
      expect(seen).toHaveLength(1);
    });
  });

  it('reports the time that did not count', async () => {
    await withVirtualClock(1, async (clock) => {
      const deadline = new Deadline(MS, () => {});
      clock.block(3 * MS);
      await clock.pass(5 * MS);
      const counted = Math.ceil(MS / DEADLINE.slices) * (1 + DEADLINE.lateness);
      expect(deadline.missed).toBe(3 * MS - counted);
    });
  });

  describe.each(ENTRIES)('in a loop that is busy in pieces, entered in the phase %s', (entered) => {
    it.each([0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 1, 1.5, 5])('of %d of the deadline', async (part) => {
      await withDeadline(MS, async (clock, seen) => {
        const piece = part * MS;
        clock.beBusy(piece, entered);
        while (seen.length === 0) await clock.pass(piece);
        const turns = Math.round((seen[0] ?? 0) / piece);
        expect(turns).toBeGreaterThanOrEqual(Math.floor(DEADLINE.slices / (1 + DEADLINE.lateness)));
        expect(seen[0]).toBeGreaterThanOrEqual(MS);
        expect(turns).toBeLessThanOrEqual(2 * Math.max(DEADLINE.slices, 1 / part) + 2);
      });
    });

    it('always after what lies in the socket was read', async () => {
      await withVirtualClock(1, async (clock) => {
        const order: string[] = [];
        new Deadline(MS, () => order.push('verdict'));
        clock.atClient(MS / 10, () => clock.block(MS * 100));
        clock.beBusy(MS / 2, entered);
        clock.atClient(2 * MS, () => order.push('read'));
        await clock.pass(200 * MS);
        expect(order).toEqual(['read', 'verdict']);
      });
    });
  });

  it('takes the timers for the truth where a test replaces them and not the clock', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate'] });
    try {
      vi.spyOn(performance, 'now').mockReturnValue(1_000);
      const verdict = vi.fn();
      new Deadline(MS, verdict);
      await pass(MS - 1);
      expect(verdict).not.toHaveBeenCalled();
      await pass(DEADLINE.slices + 1);
      expect(verdict).toHaveBeenCalledTimes(1);
    } finally {
      vi.restoreAllMocks();
      vi.useRealTimers();
    }
  });
});
