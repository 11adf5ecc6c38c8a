import { describe, expect } from 'vitest';
import { ChildrenWatch, type StopReason, type WatchedEvent } from '../../../index.js';
import { Recorder } from '../../../testing/recorder.js';
import { expireSession } from '../../../testing/session-killer.js';
import { eventOf } from '../../support/event-of.js';
import { it, recordStates } from '../../support/fixtures.js';

type Call = [string[] | null, WatchedEvent | null];
const childrenChanged = eventOf('NodeChildrenChanged', '/node');

describe('ChildrenWatch, waitForNode', () => {
  it('calls with null while the node is missing, and continues over creations and deletions', async ({
    client,
    other,
  }) => {
    const calls = new Recorder<string[] | null>();
    const watch = new ChildrenWatch(client, '/node', (children) => calls.record(children), { waitForNode: true });
    await watch.ready;
    expect(calls.items).toEqual([null]);
    await other.create('/node');
    await calls.untilCount(2);
    await other.create('/node/a');
    await calls.untilCount(3);
    await other.transaction().delete('/node/a').delete('/node').commit();
    await calls.untilCount(4);
    await other.create('/node');
    await calls.untilCount(5);
    await other.create('/node/b');
    expect(await calls.untilCount(6)).toEqual([null, [], ['a'], null, [], ['b']]);
    expect(watch.stopped).toBe(false);
  });

  it('waits where not even the parent exists', async ({ client, other }) => {
    const calls = new Recorder<string[] | null>();
    const func = (children: string[] | null) => calls.record(children);
    await new ChildrenWatch(client, '/some/node', func, { waitForNode: true }).ready;
    await other.create('/some/node/a', '', { makePath: true });
    await calls.until((all) => all.at(-1)?.length === 1);
    expect(calls.items[0]).toBeNull();
  });

  it('passes the creation and the deletion as events', async ({ client, other }) => {
    const calls = new Recorder<Call>();
    const options = { waitForNode: true, sendEvent: true } as const;
    await new ChildrenWatch(client, '/node', (children, event) => calls.record([children, event]), options).ready;
    await other.create('/node');
    await calls.untilCount(2);
    await other.delete('/node');
    expect(await calls.untilCount(3)).toEqual([
      [null, null],
      [[], eventOf('NodeCreated', '/node')],
      [null, eventOf('NodeDeleted', '/node')],
    ]);
  });

  it('works beside a watch that does not wait', async ({ client, other }) => {
    const calls = new Recorder<string[] | null>();
    const reasons = new Recorder<StopReason>();
    const waiting = new ChildrenWatch(client, '/node', (children) => calls.record(children), { waitForNode: true });
    const early = new ChildrenWatch(client, '/node', () => {}).on('stop', reasons.record);
    await Promise.allSettled([waiting.ready, early.ready]);
    const late = new ChildrenWatch(client, '/node', () => {}).on('stop', reasons.record);
    expect(await reasons.untilCount(2)).toEqual(['no-node', 'no-node']);
    expect(late.stopped).toBe(true);

    await other.create('/node');
    expect(await calls.untilCount(2)).toEqual([null, []]);
    waiting.stop();
    expect(client.listenerCount('state')).toBe(0);
  });
});

describe('ChildrenWatch, sendEvent', () => {
  it('passes no second argument without it', async ({ client, other }) => {
    await other.create('/node');
    const counts = new Recorder<number>();
    await new ChildrenWatch(client, '/node', (...args) => counts.record(args.length)).ready;
    await other.create('/node/a');
    expect(await counts.untilCount(2)).toEqual([1, 1]);
  });

  it('passes null at first and after a recovery, and otherwise the event', async ({ proxied, proxy, other, port }) => {
    await other.create('/node');
    const calls = new Recorder<Call>();
    const watch = new ChildrenWatch(proxied, '/node', (children, event) => calls.record([children, event]), {
      sendEvent: true,
    });
    await watch.ready;
    await other.create('/node/a');
    await calls.untilCount(2);

    const states = recordStates(proxied);
    proxy.refuse();
    proxy.cut();
    await states.until((seen) => seen.includes('suspended'));
    await other.create('/node/b');
    await proxy.accept();
    await calls.untilCount(3);

    states.clear();
    proxy.refuse();
    proxy.cut();
    await states.until((seen) => seen.includes('suspended'));
    await expireSession(proxied, port);
    await other.create('/node/c');
    await proxy.accept();
    await calls.untilCount(4);
    expect(states.items).toContain('lost');

    await other.create('/node/d');
    expect(await calls.untilCount(5)).toEqual([
      [[], null],
      [['a'], childrenChanged],
      [['a', 'b'], null],
      [['a', 'b', 'c'], null],
      [['a', 'b', 'c', 'd'], childrenChanged],
    ]);
  });
});

describe('ChildrenWatch, allowSessionLost: false', () => {
  it('outlives a disconnection', async ({ proxied, proxy, other }) => {
    await other.create('/node');
    const calls = new Recorder<string[]>();
    const watch = new ChildrenWatch(proxied, '/node', calls.record, { allowSessionLost: false });
    await watch.ready;
    const states = recordStates(proxied);
    proxy.refuse();
    proxy.cut();
    await states.until((seen) => seen.includes('suspended'));
    await other.create('/node/a');
    await proxy.accept();
    await calls.untilCount(2);
    await other.create('/node/b');
    expect(await calls.untilCount(3)).toEqual([[], ['a'], ['a', 'b']]);
    expect(watch.stopped).toBe(false);
    expect(states.items).not.toContain('lost');
  });

  it('stops when no server was reached within the session timeout', async ({ connect, proxy, chroot, other }) => {
    const client = await connect({ connectString: `${proxy.connectString}${chroot}`, sessionTimeout: 500 });
    await other.create('/node');
    const reasons = new Recorder<StopReason>();
    const watch = new ChildrenWatch(client, '/node', () => {}, { allowSessionLost: false });
    watch.on('stop', reasons.record);
    await watch.ready;
    proxy.refuse();
    proxy.cut();
    expect(await reasons.untilCount(1)).toEqual(['session-lost']);
    expect(client.listenerCount('state')).toBe(0);
    await proxy.accept();
    await client.close();
  });
});

describe('ChildrenWatch, the list of its function', () => {
  it('is an array of its own', async ({ client, other }) => {
    await other.create('/node/a', '', { makePath: true });
    const calls = new Recorder<string>();
    const spoiling = new ChildrenWatch(client, '/node', (children) => {
      children.push('spoilt');
    });
    const beside = new ChildrenWatch(client, '/node', (children) => calls.record(children.join()));
    await Promise.all([spoiling.ready, beside.ready]);
    const late = new ChildrenWatch(client, '/node', (children) => calls.record(children.join()));
    await late.ready;
    expect(calls.items).toEqual(['a', 'a']);
  });

  it('shows an ephemeral child go with its session', async ({ client, connect, other }) => {
    await other.create('/node');
    const calls = new Recorder<string[]>();
    await new ChildrenWatch(client, '/node', calls.record).ready;
    const member = await connect();
    await member.create('/node/member', '', { mode: 'ephemeral' });
    await calls.untilCount(2);
    await member.close();
    expect(await calls.untilCount(3)).toEqual([[], ['member'], []]);
  });
});
