import { describe, expect } from 'vitest';
import { ChildrenWatch, type WatchedEvent, WatchInUseError } from '../../../index.js';
import { Recorder } from '../../../testing/recorder.js';
import { expireSession } from '../../../testing/session-killer.js';
import { eventOf } from '../../support/event-of.js';
import { it } from '../../support/fixtures.js';

// kazoo/tests/test_watchers.py, KazooChildrenWatcherTests
describe("kazoo's ChildrenWatch", () => {
  it('calls with the children on each creation (test_child_watcher)', async ({ client }) => {
    await client.create('/node');
    const calls = new Recorder<string[]>();
    const watch = new ChildrenWatch(client, '/node');
    watch.register(calls.record);
    await watch.ready;
    expect(calls.items).toEqual([[]]);

    await client.create('/node/smith');
    expect(await calls.untilCount(2)).toEqual([[], ['smith']]);
    await client.create('/node/george');
    expect(await calls.untilCount(3)).toEqual([[], ['smith'], ['george', 'smith']]);
  });

  it('rejects a second function and never calls it (test_child_watcher_once)', async ({ client }) => {
    await client.create('/node');
    const calls = new Recorder<string>();
    const watch = new ChildrenWatch(client, '/node').register((children) => calls.record(`first [${children}]`));
    await watch.ready;

    expect(() => watch.register((children) => calls.record(`second [${children}]`))).toThrow(WatchInUseError);

    await client.create('/node/smith');
    expect(await calls.untilCount(2)).toEqual(['first []', 'first [smith]']);
  });

  it('passes the event with sendEvent (test_child_watcher_with_event)', async ({ client }) => {
    await client.create('/node');
    const events = new Recorder<WatchedEvent | null>();
    const watch = new ChildrenWatch(client, '/node', (_children, event) => events.record(event), { sendEvent: true });
    await watch.ready;
    expect(events.items).toEqual([null]);

    await client.create('/node/smith');
    expect(await events.untilCount(2)).toEqual([null, eventOf('NodeChildrenChanged', '/node')]);
  });

  it('takes the function as an argument (test_func_style_child_watcher)', async ({ client }) => {
    await client.create('/node');
    const calls = new Recorder<string[]>();
    const watch = new ChildrenWatch(client, '/node', calls.record);
    await watch.ready;
    expect(calls.items).toEqual([[]]);

    await client.create('/node/smith');
    expect(await calls.untilCount(2)).toEqual([[], ['smith']]);
    await client.create('/node/george');
    expect(await calls.untilCount(3)).toEqual([[], ['smith'], ['george', 'smith']]);
  });

  it('stops when the function returns false (test_func_stops)', async ({ client }) => {
    await client.create('/node');
    const calls = new Recorder<string[]>();
    let isToStop = false;
    const watch = new ChildrenWatch(client, '/node', (children) => {
      calls.record(children);
      return isToStop ? false : undefined;
    });
    await watch.ready;
    const live = new Recorder<string[]>();
    new ChildrenWatch(client, '/node', live.record);

    isToStop = true;
    await client.create('/node/smith');
    expect(await calls.untilCount(2)).toEqual([[], ['smith']]);

    await client.create('/node/george');
    await live.until((all) => all.at(-1)?.length === 2);
    expect(calls.items).toEqual([[], ['smith']]);
  });

  it('leaves no state listener behind (test_child_watcher_remove_session_watcher)', async ({ client }) => {
    await client.create('/node');
    const before = client.listenerCount('state');
    const calls = new Recorder<string[]>();
    const reasons = new Recorder<string>();
    let isToStop = false;
    const watch = new ChildrenWatch(client, '/node', (children) => {
      calls.record(children);
      return isToStop ? false : undefined;
    }).on('stop', reasons.record);
    await watch.ready;
    expect(client.listenerCount('state')).toBeGreaterThan(before);

    isToStop = true;
    await client.create('/node/smith');
    await reasons.untilCount(1);
    expect(client.listenerCount('state')).toBe(before);

    // Events caused by this creation arrive before its own reply.
    await client.create('/node/george');
    await client.sync('/');
    expect(client.listenerCount('state')).toBe(before);
    expect(calls.items).toEqual([[], ['smith']]);
  });

  it('continues in a new session (test_child_watch_session_loss)', async ({ client, port }) => {
    await client.create('/node');
    const calls = new Recorder<string[]>();
    const watch = new ChildrenWatch(client, '/node', calls.record);
    await watch.ready;
    await client.create('/node/smith');
    expect(await calls.untilCount(2)).toEqual([[], ['smith']]);

    await expireSession(client, port);
    await client.retry(() => client.create('/node/george'));

    await calls.until((all) => all.at(-1)?.length === 2);
    expect(calls.items).toEqual([[], ['smith'], ['george', 'smith']]);
  });

  it('stops with its session with allowSessionLost: false (test_child_stop_on_session_loss)', async ({
    client,
    port,
  }) => {
    await client.create('/node');
    const calls = new Recorder<string[]>();
    const reasons = new Recorder<string>();
    const watch = new ChildrenWatch(client, '/node', calls.record, { allowSessionLost: false });
    watch.on('stop', reasons.record);
    const live = new Recorder<string[]>();
    new ChildrenWatch(client, '/node', live.record);
    await watch.ready;
    await client.create('/node/smith');
    expect(await calls.untilCount(2)).toEqual([[], ['smith']]);

    await expireSession(client, port);
    expect(await reasons.untilCount(1)).toEqual(['session-lost']);
    expect(watch.stopped).toBe(true);
    await client.retry(() => client.create('/node/george'));

    await live.until((all) => all.at(-1)?.length === 2);
    expect(calls.items).toEqual([[], ['smith']]);
    expect((await client.getChildren('/node')).children.sort()).toEqual(['george', 'smith']);
  });
});
