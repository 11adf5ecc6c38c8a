import { afterAll, beforeAll, describe, expect } from 'vitest';
import { ChildrenWatch, DataWatch } from '../../../index.js';
import { Recorder } from '../../../testing/recorder.js';
import { it, recordStates } from '../../support/fixtures.js';

/** Stack frames of code that reads from the network. */
const FOREIGN_FRAMES = /node-zookeeper-client|node:net|node:internal\/stream|node:events/;

const stackHere = () => new Error('here').stack ?? '';

describe('9. User code', () => {
  const { stackTraceLimit } = Error;
  beforeAll(() => {
    Error.stackTraceLimit = Number.POSITIVE_INFINITY;
  });
  afterAll(() => {
    Error.stackTraceLimit = stackTraceLimit;
  });

  it("never runs inside the client library's callbacks", async ({ proxied, proxy, other }) => {
    const stacks = new Recorder<string>();
    const states = recordStates(proxied);
    proxied.on('state', () => stacks.record(stackHere()));
    await other.create('/node', '0');
    const data = new Recorder<string>();
    const children = new Recorder<string[]>();
    const dataWatch = new DataWatch(proxied, '/node', (value) => {
      stacks.record(stackHere());
      data.record(String(value));
      if (String(value) === '1') throw new Error('boom');
    }).on('error', () => stacks.record(stackHere()));
    const childrenWatch = new ChildrenWatch(proxied, '/node', (names) => {
      stacks.record(stackHere());
      children.record(names);
    });
    for (const watch of [dataWatch, childrenWatch]) watch.on('stop', () => stacks.record(stackHere()));
    await Promise.all([dataWatch.ready, childrenWatch.ready]);

    // One change with an event, and one found by a recovery.
    await other.setData('/node', '1');
    await data.untilCount(2);
    proxy.refuse();
    proxy.cut();
    await states.until((seen) => seen.includes('suspended'));
    await other.setData('/node', '2');
    await other.create('/node/child');
    await proxy.accept();
    await data.untilCount(3);
    await children.untilCount(2);
    const before = stacks.items.length;
    dataWatch.stop();
    await other.deleteRecursive('/node');
    await stacks.untilCount(before + 2);

    // Calls, an error, states and stops.
    expect(stacks.items.length).toBeGreaterThanOrEqual(3 + 2 + 1 + 2 + 2);
    for (const stack of stacks.items) {
      expect(stack).toMatch(/contract-9-user-code/);
      expect(stack).not.toMatch(FOREIGN_FRAMES);
    }
  });

  it('never runs inside the constructor, register(), stop() or an abort', async ({ client }) => {
    await client.create('/node', '0');
    // From here on, the state is known when a watch is made.
    const known = new DataWatch(client, '/node', () => {});
    const knownChildren = new ChildrenWatch(client, '/node', () => {}, { waitForNode: true });
    await Promise.all([known.ready, knownChildren.ready]);
    const inside: string[] = [];
    const outside = new Recorder<string>();
    let where: string | null = null;
    const note = (what: string) => () => {
      if (where) inside.push(`${what} inside ${where}`);
      outside.record(what);
    };
    const within = <T>(name: string, act: () => T): T => {
      where = name;
      try {
        return act();
      } finally {
        where = null;
      }
    };

    const aborter = new AbortController();
    const { signal } = aborter;
    const made = within('the constructor', () => new DataWatch(client, '/node', note('call'), { signal }));
    const madeOfChildren = within('the constructor', () => new ChildrenWatch(client, '/node', note('call')));
    const registered = within('register()', () => new DataWatch(client, '/node').register(note('call')));
    const watches = [made, madeOfChildren, registered];
    for (const watch of watches) watch.on('stop', note('stop'));
    await Promise.all(watches.map((watch) => watch.ready));
    await outside.untilCount(3);

    within('an abort', () => aborter.abort());
    within('stop()', () => madeOfChildren.stop());
    within('a disposal', () => registered[Symbol.dispose]());
    await outside.untilCount(6);
    expect(inside).toEqual([]);
  });

  it('never runs inside a change that the client itself makes', async ({ client }) => {
    const order: string[] = [];
    const calls = new Recorder<string>();
    await new DataWatch(client, '/node', (data) => {
      order.push(`call ${data}`);
      calls.record(String(data));
    }).ready;
    const creation = client.create('/node', 'one');
    order.push('create() has returned');
    await creation;
    await calls.untilCount(2);
    expect(order).toEqual(['call null', 'create() has returned', 'call one']);
  });

  it('never runs inside close()', async ({ client }) => {
    const order = new Recorder<string>();
    const watch = new DataWatch(client, '/node', () => {}).on('stop', (reason) => order.record(reason));
    await watch.ready;
    const closing = client.close();
    order.record('close() has returned');
    await closing;
    expect(await order.untilCount(2)).toEqual(['close() has returned', 'client-closed']);
  });
});
