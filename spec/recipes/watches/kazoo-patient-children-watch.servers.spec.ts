import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { NoNodeError, PatientChildrenWatch } from '../../../index.js';
import { scaled } from '../../../testing/time-factor.js';
import { eventOf } from '../../support/event-of.js';
import { it } from '../../support/fixtures.js';

/** Returns a function that reports whether a promise has settled. */
function observe(promise: Promise<unknown>): { isSettled: boolean } {
  const seen = { isSettled: false };
  const note = () => {
    seen.isSettled = true;
  };
  promise.then(note, note);
  return seen;
}

// kazoo/tests/test_watchers.py, KazooPatientChildrenWatcherTests
describe("kazoo's PatientChildrenWatch", () => {
  it('resolves with the children, and then with their first change (test_watch)', async ({ client }) => {
    await client.create('/node');
    const { children, changed } = await new PatientChildrenWatch(client, '/node', { timeBoundary: 100 }).start();
    const change = observe(changed);
    expect(children).toEqual([]);
    await client.sync('/');
    expect(change.isSettled).toBe(false);

    await client.create('/node/fred');
    expect(await changed).toEqual(eventOf('NodeChildrenChanged', '/node'));
  });

  it('rejects for a missing node (test_exception)', async ({ client }) => {
    const watch = new PatientChildrenWatch(client, '/node', { timeBoundary: 100 });
    await expect(watch.start()).rejects.toThrow(NoNodeError);
  });

  it('restarts its time on each change (test_watch_iterations)', async ({ client }) => {
    await client.create('/node');
    const timeBoundary = scaled(500);
    const result = new PatientChildrenWatch(client, '/node', { timeBoundary }).start();
    const settling = observe(result);

    await pause(scaled(80));
    await client.create(`/node/${randomUUID()}`);
    expect(settling.isSettled).toBe(false);
    await pause(scaled(80));
    expect(settling.isSettled).toBe(false);
    const lastChange = performance.now();
    await client.create(`/node/${randomUUID()}`);
    await pause(scaled(80));
    expect(settling.isSettled).toBe(false);

    const { children } = await result;
    expect(children).toHaveLength(2);
    // A timer may be early by less than a millisecond.
    expect(performance.now() - lastChange).toBeGreaterThan(timeBoundary - 1);
  });
});
