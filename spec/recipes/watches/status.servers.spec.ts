import { describe, expect } from 'vitest';
import { ChildrenWatch, DataWatch } from '../../../index.js';
import { Recorder } from '../../../testing/recorder.js';
import { expireSession } from '../../../testing/session-killer.js';
import { it, recordStates } from '../../support/fixtures.js';

describe('The status of a watch', () => {
  it('is stale until the first call, and fresh from then on', async ({ makeClient }) => {
    const client = makeClient();
    const statuses: string[] = [];
    const watch = new DataWatch(client, '/node', () => void statuses.push(watch.status));
    expect(watch.status).toBe('stale');
    await client.connect();
    await watch.ready;
    expect(statuses).toEqual(['fresh']);
    expect(watch.status).toBe('fresh');
  });

  it('is stale without a connection, and after the stop', async ({ proxied, proxy }) => {
    const watch = new DataWatch(proxied, '/node', () => {});
    await watch.ready;
    const states = recordStates(proxied);
    proxy.refuse();
    proxy.cut();
    await states.until((seen) => seen.includes('suspended'));
    expect(watch.status).toBe('stale');
    await proxy.accept();
    await states.until((seen) => seen.includes('connected'));
    expect(watch.status).toBe('fresh');
    watch.stop();
    expect(watch.status).toBe('stale');
  });
});

describe('`resynced`', () => {
  it('follows a recovery without a call when nothing has changed', async ({ proxied, proxy }) => {
    const seen = new Recorder<string>();
    const watch = new DataWatch(proxied, '/node', () => seen.record('call'));
    watch.on('resynced', () => seen.record(`resynced, ${watch.status}`));
    await watch.ready;
    proxy.cut();
    expect(await seen.untilCount(2)).toEqual(['call', 'resynced, fresh']);
  });

  it('follows the call for a change during the interruption, once it has settled', async ({
    proxied,
    proxy,
    other,
  }) => {
    await other.create('/node');
    const seen = new Recorder<string>();
    let isSlow = false;
    const watch = new ChildrenWatch(proxied, '/node', async (children) => {
      seen.record(`begins with ${children}`);
      if (isSlow) await other.sync('/');
      seen.record('settles');
    });
    watch.on('resynced', () => seen.record(`resynced, ${watch.status}`));
    await watch.ready;
    const states = recordStates(proxied);
    proxy.refuse();
    proxy.cut();
    await states.until((all) => all.includes('suspended'));
    await other.create('/node/a');
    isSlow = true;
    await proxy.accept();
    const expected = ['begins with ', 'settles', 'begins with a', 'settles', 'resynced, fresh'];
    expect(await seen.untilCount(5)).toEqual(expected);
  });

  it('also follows a new session', async ({ client, other, port }) => {
    const seen = new Recorder<string>();
    const watch = new DataWatch(client, '/node', (data) => seen.record(`call ${data}`));
    watch.on('resynced', () => seen.record('resynced'));
    await watch.ready;
    await expireSession(client, port);
    await seen.untilCount(2);
    await other.create('/node', 'x');
    expect(await seen.untilCount(3)).toEqual(['call null', 'resynced', 'call x']);
  });

  it('is not emitted on the first connection, nor for a watch that has stopped', async ({
    proxied,
    proxy,
    makeClient,
  }) => {
    const client = makeClient();
    const seen = new Recorder<string>();
    const first = new DataWatch(client, '/node', () => {});
    first.on('resynced', () => seen.record('first'));
    await client.connect();
    await first.ready;

    const stopped = new DataWatch(proxied, '/node', () => {});
    const goesOn = new DataWatch(proxied, '/node', () => {});
    stopped.on('resynced', () => seen.record('stopped'));
    goesOn.on('resynced', () => seen.record('goes on'));
    await Promise.all([stopped.ready, goesOn.ready]);
    stopped.stop();
    proxy.cut();
    expect(await seen.untilCount(1)).toEqual(['goes on']);
  });
});
