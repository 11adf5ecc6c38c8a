import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Heartbeat } from '../../../../lib/zookeeper/session/heartbeat.js';
import { pass } from '../../../../testing/passing-time.js';

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

  /** The clock jumps, and no timer has run meanwhile. */
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

  it('pings by what was sent, however much comes in', async () => {
    await forEach(1, TIMEOUT, () => heartbeat.heard());
    expect(pings.length).toBeGreaterThanOrEqual(3);
  });

  it('calls the server silent within two thirds of the session timeout, and once', async () => {
    await pass(500);
    heartbeat.heard();
    await pass(10 * TIMEOUT);
    expect(silences.length).toBe(1);
    expect(silences[0]).toBeLessThanOrEqual(500 + (TIMEOUT * 2) / 3);
  });

  it('has pinged, and waited for the answer, before it calls the server silent', async () => {
    await pass(TIMEOUT);
    expect(pings[0]).toBeLessThan((silences[0] ?? 0) - TIMEOUT * 0.25);
  });

  it('does not take its own requests for a sign of life', async () => {
    await forEach(100, 30, () => heartbeat.sent());
    expect(silences.length).toBe(1);
  });

  it('looks at what came in before it judges, after the event loop was blocked', async () => {
    await pass(TIMEOUT * 0.2);
    heartbeat.sent();
    // The answer that lies in the socket is read in the turn of the late timer.
    const unblock = blockFor(10 * TIMEOUT);
    vi.advanceTimersToNextTimer();
    heartbeat.heard();
    await pass(1);
    expect(silences).toEqual([]);
    unblock();
  });

  it('asks before it judges, when a blocked event loop has kept it from asking', async () => {
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

  it('does nothing any more once it is stopped', async () => {
    heartbeat.stop();
    expect(vi.getTimerCount()).toBe(0);
    await pass(10 * TIMEOUT);
    expect([pings, silences]).toEqual([[], []]);
  });

  it('can be stopped while it is about to judge', async () => {
    vi.advanceTimersByTime(TIMEOUT);
    heartbeat.stop();
    const before = silences.length;
    await pass(TIMEOUT);
    expect([silences.length, vi.getTimerCount()]).toEqual([before, 0]);
  });

  it('knows when the server last said something', async () => {
    await pass(700);
    heartbeat.heard();
    await pass(100);
    expect(heartbeat.lastHeard - start).toBe(700);
  });
});
