import { describe, expect, it } from 'vitest';
import { type DataChange, DataWatch } from '../../../../index.js';
import { FakeClient } from '../../../../testing/fake-client.js';
import { outcome, turn } from '../../../../testing/passing-time.js';
import { loopOver, Turnstile } from './loop.js';

const print = ({ data, event }: DataChange): string => `${data} ${event?.type ?? '-'}`;

function stage() {
  const client = new FakeClient();
  client.tree.create('/node', '0');
  const watch = new DataWatch(client, '/node');
  return { client, watch };
}

/** The current states of the promises of `next()`. */
const printed = (asked: { value: unknown }[]): string[] =>
  asked.map(({ value }) => (value === 'pending' ? value : print((value as { value: DataChange }).value)));

describe('a loop over a watch', () => {
  it('starts the watch with the first next(), not before', async () => {
    const { client, watch } = stage();
    const iterator = watch[Symbol.asyncIterator]();
    await turn();
    expect([client.reads, client.listenerCount, client.armed]).toEqual([[], 0, 0]);
    const first = await iterator.next();
    expect([first.done, print(first.value)]).toEqual([false, '0 -']);
    expect(client.reads).toEqual(['getData /node']);
  });

  it('gets the state first, then each change with its event, null for a missing znode', async () => {
    const { client, watch } = stage();
    const { turns } = loopOver(watch);
    await turn();
    client.tree.set('/node', '1');
    await turn();
    client.tree.delete('/node');
    await turn();
    client.tree.create('/node', '2');
    await turn();
    expect(turns.items.map(print)).toEqual(['0 -', '1 NodeDataChanged', 'null NodeDeleted', '2 NodeCreated']);
    expect(turns.items.map(({ stat }) => stat?.mzxid ?? null)).toEqual([1n, 2n, null, 4n]);
  });

  it('gets a value object of data, stat and event, and nothing else', async () => {
    const { watch } = stage();
    const { turns } = loopOver(watch);
    await turn();
    expect(Object.keys(turns.items[0] ?? {}).sort()).toEqual(['data', 'event', 'stat']);
  });

  it('gets only the newest of the states that arrived during its body', async () => {
    const { client, watch } = stage();
    const turnstile = new Turnstile();
    const { turns } = loopOver(watch, turnstile.wait);
    await turn();
    for (const value of ['1', '2', '3']) {
      client.tree.set('/node', value);
      await turn();
    }
    expect(turns.items.map(print)).toEqual(['0 -']);
    expect(turnstile.held).toBe(1);
    turnstile.letThrough();
    await turn();
    expect(turns.items.map(print)).toEqual(['0 -', '3 NodeDataChanged']);
    expect(turnstile.held).toBe(1);
    turnstile.letThrough();
    await turn();
    expect(turns.items).toHaveLength(2);
  });

  it('gets a change between the end of its body and the next turn', async () => {
    const { client, watch } = stage();
    const turnstile = new Turnstile();
    const { turns } = loopOver(watch, turnstile.wait);
    await turn();
    turnstile.letThrough();
    client.tree.set('/node', '1');
    await turn();
    expect(turns.items.map(print)).toEqual(['0 -', '1 NodeDataChanged']);
  });

  it('gets no turn for a znode that was created and deleted during its body', async () => {
    const client = new FakeClient();
    const turnstile = new Turnstile();
    const { turns } = loopOver(new DataWatch(client, '/node'), turnstile.wait);
    await turn();
    client.tree.create('/node', '1');
    await turn();
    client.tree.delete('/node');
    await turn();
    turnstile.letThrough();
    await turn();
    expect(turns.items.map(print)).toEqual(['null -']);
    client.tree.create('/node', '2');
    await turn();
    expect(turns.items.map(print)).toEqual(['null -', '2 NodeCreated']);
  });

  it('gets a recreation whose deletion it missed as a change, not as a NodeDeleted', async () => {
    const { client, watch } = stage();
    const turnstile = new Turnstile();
    const { turns } = loopOver(watch, turnstile.wait);
    await turn();
    client.tree.delete('/node');
    await turn();
    client.tree.create('/node', '0');
    await turn();
    turnstile.letThrough();
    await turn();
    expect(turns.items.map(print)).toEqual(['0 -', '0 NodeDataChanged']);
  });

  it('gets no state twice over a reconnection or a new session, and a change in between once', async () => {
    const { client, watch } = stage();
    const { turns } = loopOver(watch);
    await turn();
    for (const states of [['suspended'], ['suspended', 'lost']] as const) {
      for (const state of states) client.become(state);
      await turn();
      client.become('connected');
      await turn();
    }
    expect(turns.items.map(print)).toEqual(['0 -']);
    client.become('suspended');
    client.tree.set('/node', '1');
    client.become('connected');
    await turn();
    client.tree.set('/node', '2');
    await turn();
    expect(turns.items.map(print)).toEqual(['0 -', '1 -', '2 NodeDataChanged']);
  });

  it('gets nothing stale from a server that lags behind', async () => {
    const { client, watch } = stage();
    const past = client.tree.snapshot();
    const { turns } = loopOver(watch);
    await turn();
    client.tree.set('/node', '1');
    await turn();
    client.become('suspended');
    client.stale = past;
    client.become('connected');
    await turn();
    client.stale = null;
    client.tree.set('/node', '2');
    await turn();
    expect(turns.items.map(({ data }) => String(data))).toEqual(['0', '1', '2']);
  });

  it('gets one turn after another, beside the functions of other watches of the path', async () => {
    const { client, watch } = stage();
    const called: string[] = [];
    new DataWatch(client, '/node', (data) => called.push(String(data)));
    const turnstile = new Turnstile();
    const slow = loopOver(new DataWatch(client, '/node'), turnstile.wait);
    const quick = loopOver(watch);
    await turn();
    client.tree.set('/node', '1');
    await turn();
    client.tree.set('/node', '2');
    await turn();
    expect(called).toEqual(['0', '1', '2']);
    expect(quick.turns.items.map(({ data }) => String(data))).toEqual(['0', '1', '2']);
    expect(slow.turns.items.map(({ data }) => String(data))).toEqual(['0']);
    // One read for all watches.
    expect(client.reads).toHaveLength(3);
  });
});

describe('next()', () => {
  it('called several times at once resolves each call with a value of its own, in order', async () => {
    const { client, watch } = stage();
    const iterator = watch[Symbol.asyncIterator]();
    const asked = [1, 2, 3].map(() => outcome(iterator.next()));
    await turn();
    expect(printed(asked)).toEqual(['0 -', 'pending', 'pending']);
    client.tree.set('/node', '1');
    await turn();
    expect(printed(asked)).toEqual(['0 -', '1 NodeDataChanged', 'pending']);
    asked.push(outcome(iterator.next()));
    client.tree.set('/node', '2');
    await turn();
    client.tree.set('/node', '3');
    await turn();
    expect(printed(asked)).toEqual(['0 -', '1 NodeDataChanged', '2 NodeDataChanged', '3 NodeDataChanged']);
  });

  it('called several times at once after a turn resolves only the first with the newest state', async () => {
    const { client, watch } = stage();
    const iterator = watch[Symbol.asyncIterator]();
    await iterator.next();
    for (const value of ['1', '2']) {
      client.tree.set('/node', value);
      await turn();
    }
    const asked = [1, 2].map(() => outcome(iterator.next()));
    await turn();
    expect(printed(asked)).toEqual(['2 NodeDataChanged', 'pending']);
    client.tree.set('/node', '3');
    await turn();
    expect(printed(asked)).toEqual(['2 NodeDataChanged', '3 NodeDataChanged']);
  });

  it('never resolves synchronously inside a callback of the client', async () => {
    const { client, watch } = stage();
    const iterator = watch[Symbol.asyncIterator]();
    await iterator.next();
    const order: string[] = [];
    const next = iterator.next().then(() => order.push('value'));
    client.insideNextReply(() => order.push('reply'));
    client.tree.set('/node', '1');
    order.push('set');
    await next;
    expect(order).toEqual(['set', 'reply', 'value']);
  });
});
