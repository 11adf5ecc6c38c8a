import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Heartbeat } from '../../../../lib/zookeeper/session/heartbeat.js';
import { pass } from '../../../../testing/passing-time.js';
import { withVirtualClock } from '../../../../testing/virtual-clock.js';

const TIMEOUT = 3_000;

describe('Heartbeat', () => {
  let heartbeat: Heartbeat;
  let pings: number[];
  let silences: number[];
  let start: number;

  beforeEach(() => {
    vi.useFakeTimers();
    start = performance.now();
    pings = [];
    silences = [];
    heartbeat = new Heartbeat(TIMEOUT, {
      ping: () => pings.push(performance.now() - start),
      silent: () => silences.push(performance.now() - start),
    });
  });

  afterEach(() => {
    heartbeat.stop();
    vi.useRealTimers();
  });

  async function forEach(step: number, times: number, action: () => void): Promise<void> {
    for (let time = 0; time < times; time += 1) {
      await pass(step);
      action();
    }
  }

  /** Advances the clock while no timer runs, as a blocked event loop does. */
  function blockFor(ms: number): () => void {
    const now = performance.now.bind(performance);
    const spy = vi.spyOn(performance, 'now').mockImplementation(() => now() + ms);
    return () => spy.mockRestore();
  }

  it('pings at least three times in a session timeout in which nothing else is sent', async () => {
    await forEach(10, 3 * TIMEOUT * 0.1, () => heartbeat.heard());
    expect(pings.length).toBeGreaterThanOrEqual(9);
    expect(silences).toEqual([]);
  });

  it('does not ping while requests are sent', async () => {
    await forEach(500, 30, () => {
      heartbeat.sent();
      heartbeat.heard();
    });
    expect(pings).toEqual([]);
  });

  it('pings by the time of the last request, however much is received', async () => {
    await forEach(1, TIMEOUT, () => heartbeat.heard());
    expect(pings.length).toBeGreaterThanOrEqual(3);
  });

  it('reports a silent server within two thirds of the session timeout, and only once', async () => {
    await pass(500);
    heartbeat.heard();
    await pass(10 * TIMEOUT);
    expect(silences.length).toBe(1);
    expect(silences[0]).toBeLessThanOrEqual(500 + (TIMEOUT * 2) / 3);
  });

  it('pings, and waits for the answer, before it reports a silent server', async () => {
    await pass(TIMEOUT);
    expect(pings[0]).toBeLessThan((silences[0] ?? 0) - TIMEOUT * 0.25);
  });

  it('does not count requests as a sign of life from the server', async () => {
    await forEach(100, 30, () => heartbeat.sent());
    expect(silences.length).toBe(1);
  });

  it('waits for the data in the socket before it reports silence, after the event loop was blocked', async () => {
    await pass(TIMEOUT * 0.2);
    heartbeat.sent();
    // The socket holds the answer; it is read in the turn of the late timer.
    const unblock = blockFor(10 * TIMEOUT);
    vi.advanceTimersToNextTimer();
    heartbeat.heard();
    await pass(1);
    expect(silences).toEqual([]);
    unblock();
  });

  it('pings before it reports silence, when a blocked event loop has delayed the ping', async () => {
    await pass(TIMEOUT * 0.2);
    const unblock = blockFor(10 * TIMEOUT);
    vi.advanceTimersToNextTimer();
    expect(pings.length).toBe(1);
    await pass(TIMEOUT * 0.3);
    expect(silences).toEqual([]);
    await pass(TIMEOUT * 0.05);
    expect(silences.length).toBe(1);
    unblock();
  });

  it('does nothing once it is stopped', async () => {
    heartbeat.stop();
    expect(vi.getTimerCount()).toBe(0);
    await pass(10 * TIMEOUT);
    expect([pings, silences]).toEqual([[], []]);
  });

  it('can be stopped when it is about to report silence', async () => {
    vi.advanceTimersByTime(TIMEOUT);
    heartbeat.stop();
    const before = silences.length;
    await pass(TIMEOUT);
    expect([silences.length, vi.getTimerCount()]).toEqual([before, 0]);
  });

  it('records when the server was last heard', async () => {
    await pass(700);
    heartbeat.heard();
    await pass(100);
    expect(heartbeat.lastHeard - start).toBe(700);
  });
});

describe('Heartbeat, in a busy event loop', () => {
  const PARTS = [0.05, 0.2, 0.35, 0.5, 0.65, 0.8];
  const CASES = PARTS.flatMap((part) =>
    (['timer', 'io', 'immediate'] as const).map((entered) => [part, entered] as const),
  );

  /** The times of the pings, and of the verdict, while the loop is busy for five session timeouts. */
  async function beat(part: number, entered: 'timer' | 'io' | 'immediate', answerAfter: number) {
    const pings: number[] = [];
    const silences: number[] = [];
    await withVirtualClock(1, async (clock) => {
      const began = clock.now;
      const heartbeat: Heartbeat = new Heartbeat(TIMEOUT, {
        ping: () => {
          pings.push(clock.now - began);
          clock.atClient(answerAfter, () => heartbeat.heard());
        },
        silent: () => silences.push(clock.now - began),
      });
      const free = clock.beBusy(part * TIMEOUT, entered);
      await clock.pass(5 * TIMEOUT);
      free();
      await clock.pass(2 * TIMEOUT);
      heartbeat.stop();
    });
    return { pings, silences };
  }

  it.each(CASES)(
    'in pieces of %d T, entered by a %s, pings in each T and condemns nobody who answers',
    async (part, entered) => {
      const { pings, silences } = await beat(part, entered, 1);
      expect(silences).toEqual([]);
      const gaps = pings.map((at, nth) => at - (pings[nth - 1] ?? 0));
      expect(Math.max(...gaps)).toBeLessThan(TIMEOUT);
    },
  );

  it.each(CASES)('in pieces of %d T, entered by a %s, reports a silent server by its end', async (part, entered) => {
    const { silences } = await beat(part, entered, Number.POSITIVE_INFINITY);
    expect(silences).toHaveLength(1);
  });

  it('reports a reply that has begun and does not end, within two session timeouts', async () => {
    const silences: string[] = [];
    vi.useFakeTimers();
    const heartbeat: Heartbeat = new Heartbeat(TIMEOUT, {
      // Each answer arrives as a part of the message that has begun.
      ping: () => heartbeat.receiving(),
      silent: (reason) => silences.push(reason),
    });
    await pass(TIMEOUT * 1.9);
    expect(silences).toEqual([]);
    await pass(TIMEOUT * 0.4);
    expect(silences).toEqual(['the server has begun a reply and does not end it']);
    vi.useRealTimers();
  });
});
