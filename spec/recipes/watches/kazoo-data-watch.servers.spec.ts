import { describe, expect } from 'vitest';
import { ChildrenWatch, DataWatch, NoNodeError, type WatchedEvent, WatchInUseError } from '../../../index.js';
import { Recorder } from '../../../testing/recorder.js';
import { expireSession } from '../../../testing/session-killer.js';
import { eventOf } from '../../support/event-of.js';
import { it, recordStates } from '../../support/fixtures.js';

const text = (data: Buffer | null) => data?.toString() ?? null;

// kazoo/tests/test_watchers.py, KazooDataWatcherTests
describe("kazoo's DataWatch", () => {
  it('calls with null for a missing node, then with its data (test_data_watcher)', async ({ client }) => {
    const calls = new Recorder<string | null>();
    const watch = new DataWatch(client, '/f');
    watch.register((data) => calls.record(text(data)));
    await watch.ready;
    expect(calls.items).toEqual([null]);

    await client.create('/f', 'fred');
    expect(await calls.untilCount(2)).toEqual([null, 'fred']);
  });

  it('rejects a second function and never calls it (test_data_watcher_once)', async ({ client }) => {
    const calls = new Recorder<string>();
    const watch = new DataWatch(client, '/f').register((data) => calls.record(`first ${data}`));
    await watch.ready;

    expect(() => watch.register((data) => calls.record(`second ${data}`))).toThrow(WatchInUseError);

    await client.create('/f', 'fred');
    expect(await calls.untilCount(2)).toEqual(['first null', 'first fred']);
  });

  it('passes the event: null first, then the creation (test_data_watcher_with_event)', async ({ client }) => {
    const events = new Recorder<WatchedEvent | null>();
    const watch = new DataWatch(client, '/f', (_data, _stat, event) => events.record(event));
    await watch.ready;
    expect(events.items).toEqual([null]);

    await client.create('/f', 'fred');
    expect(await events.untilCount(2)).toEqual([null, eventOf('NodeCreated', '/f')]);
  });

  it('takes the function as an argument (test_func_style_data_watch)', async ({ client }) => {
    const calls = new Recorder<string | null>();
    const watch = new DataWatch(client, '/f', (data) => calls.record(text(data)));
    await watch.ready;
    expect(calls.items).toEqual([null]);

    await client.create('/f', 'fred');
    expect(await calls.untilCount(2)).toEqual([null, 'fred']);
  });

  it('continues in a new session (test_datawatch_across_session_expire)', async ({ client, port }) => {
    await client.create('/node');
    const calls = new Recorder<string | null>();
    const watch = new DataWatch(client, '/node', (data) => calls.record(text(data)));
    await watch.ready;
    expect(calls.items).toEqual(['']);
    const states = recordStates(client);

    await expireSession(client, port);
    await states.until((seen) => seen.includes('lost'));
    await client.retry(() => client.setData('/node', 'fred'));

    await calls.until((all) => all.at(-1) === 'fred');
    expect(calls.items).toEqual(['', 'fred']);
  });

  it('stops when the function returns false (test_func_stops)', async ({ client }) => {
    const calls = new Recorder<string | null>();
    let isToStop = false;
    const watch = new DataWatch(client, '/f', (data) => {
      calls.record(text(data));
      return isToStop ? false : undefined;
    });
    await watch.ready;
    expect(calls.items).toEqual([null]);
    const live = new Recorder<string | null>();
    new DataWatch(client, '/f', (data) => live.record(text(data)));

    isToStop = true;
    await client.create('/f', 'fred');
    expect(await calls.untilCount(2)).toEqual([null, 'fred']);

    await client.setData('/f', 'asdfasdf');
    await live.until((all) => all.at(-1) === 'asdfasdf');
    expect(calls.items).toEqual([null, 'fred']);
    expect(text((await client.getData('/f')).data)).toBe('asdfasdf');
  });

  it('calls with null and null where not even the parent exists (test_no_such_node)', async ({ client }) => {
    const calls = new Recorder<unknown[]>();
    const watch = new DataWatch(client, '/some/path', (data, stat) => calls.record([data, stat]));
    await watch.ready;
    expect(calls.items).toEqual([[null, null]]);
  });

  it('stops a ChildrenWatch of a missing node (test_no_such_node_for_children_watch)', async ({ client }) => {
    const calls = new Recorder<string[]>();
    const reasons = new Recorder<string>();
    const watchChildren = () => new ChildrenWatch(client, '/node', calls.record).on('stop', reasons.record);

    const onNothing = watchChildren();
    await expect(onNothing.ready).rejects.toThrow(NoNodeError);
    expect(onNothing.stopped).toBe(true);
    expect(await reasons.untilCount(1)).toEqual(['no-node']);
    expect(calls.items).toEqual([]);

    await client.create('/node');
    const watch = watchChildren();
    await watch.ready;
    expect(calls.items).toEqual([[]]);
    await client.create('/node/fred');
    expect(await calls.untilCount(2)).toEqual([[], ['fred']]);
    await client.delete('/node/fred');
    expect(await calls.untilCount(3)).toEqual([[], ['fred'], []]);

    await client.delete('/node');
    expect(await reasons.untilCount(2)).toEqual(['no-node', 'no-node']);
    expect(watch.stopped).toBe(true);
    expect(calls.items).toEqual([[], ['fred'], []]);
  });

  it('calls a function object that evaluates to false in kazoo (test_watcher_evaluating_to_false)', async ({
    client,
  }) => {
    await client.create('/node');
    const calls = new Recorder<string | null>();
    const weird = Object.assign((...args: [Buffer | null, ...unknown[]]) => calls.record(text(args[0])), {
      valueOf: () => false,
      toString: () => '',
      [Symbol.toPrimitive]: () => 0,
    });
    Object.defineProperty(weird, 'name', { value: '' });
    expect([weird.length, Number(weird), String(weird)]).toEqual([0, 0, '0']);

    const watch = new DataWatch(client, '/node', weird);
    await watch.ready;
    await client.setData('/node', 'mwahaha');
    expect(await calls.untilCount(2)).toEqual(['', 'mwahaha']);
  });

  it('calls on each deletion and recreation (test_watcher_repeat_delete)', async ({ client }) => {
    const calls = new Recorder<string | null>();
    const watch = new DataWatch(client, '/node', (data) => calls.record(text(data)));
    await watch.ready;
    expect(calls.items).toEqual([null]);

    await client.create('/node', 'blah');
    expect(await calls.untilCount(2)).toEqual([null, 'blah']);
    await client.delete('/node');
    expect(await calls.untilCount(3)).toEqual([null, 'blah', null]);
    await client.create('/node', 'blah');
    expect(await calls.untilCount(4)).toEqual([null, 'blah', null, 'blah']);
  });

  it('lets the client close beside a live watch of a missing node (test_watcher_with_closing)', async ({ client }) => {
    const calls = new Recorder<string | null>();
    const reasons = new Recorder<string>();
    const watch = new DataWatch(client, '/node', (data) => calls.record(text(data))).on('stop', reasons.record);
    await watch.ready;
    expect(calls.items).toEqual([null]);

    await expect(client.close()).resolves.toBeUndefined();
    expect(await reasons.untilCount(1)).toEqual(['client-closed']);
    expect(calls.items).toEqual([null]);
  });
});
