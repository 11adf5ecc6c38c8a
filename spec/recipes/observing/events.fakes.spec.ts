import { describe, expect, it } from 'vitest';
import { ChildrenWatch, DataWatch } from '../../../index.js';
import { FakeClient } from '../../../testing/fake-client.js';
import { turn } from '../../../testing/passing-time.js';
import { Recorder } from '../../../testing/recorder.js';
import { recordChildren, recordData } from '../../support/recorded-watches.js';

const doNothing = () => {};

describe('on a minimal client: events', () => {
  it('are not lost inside the read that arms the watch', async () => {
    const client = new FakeClient();
    client.tree.create('/node', '0');
    client.insideNextRead(() => client.tree.set('/node', '1'));
    const { calls } = recordData(client, '/node');
    await turn();
    expect(calls.last).toBe('1 NodeDataChanged');
    client.tree.set('/node', '2');
    await turn();
    expect(calls.last).toBe('2 NodeDataChanged');
  });

  it('are not lost inside the reply, before its promise is resolved', async () => {
    const client = new FakeClient();
    client.tree.create('/node', '0');
    const { calls } = recordData(client, '/node');
    client.insideNextReply(() => client.tree.set('/node', '1'));
    await turn();
    expect(calls.items).toEqual(['0 -', '1 NodeDataChanged']);
    client.insideNextReply(() => client.tree.set('/node', '3'));
    client.tree.set('/node', '2');
    await turn();
    expect(calls.last).toBe('3 NodeDataChanged');
  });

  it('of children are not lost inside a read or a reply', async () => {
    const client = new FakeClient();
    client.tree.create('/node');
    client.insideNextRead(() => client.tree.create('/node/a'));
    client.insideNextReply(() => client.tree.create('/node/b'));
    const { calls } = recordChildren(client, '/node');
    await turn();
    expect(calls.last).toBe('a,b NodeChildrenChanged');
    client.tree.create('/node/c');
    await turn();
    expect(calls.last).toBe('a,b,c NodeChildrenChanged');
  });

  it('of a creation are not lost between the read of a missing node and its reply', async () => {
    for (const moment of ['insideNextRead', 'insideNextReply'] as const) {
      for (const nth of [0, 1]) {
        const client = new FakeClient();
        for (let before = 0; before < nth; before += 1) client[moment](doNothing);
        client[moment](() => client.tree.create('/node', '1'));
        const data = recordData(client, '/node');
        await turn();
        expect(data.calls.last, `data, ${moment} ${nth}`).toMatch(/^1 /);
        client.tree.set('/node', '2');
        await turn();
        expect(data.calls.last, `data, ${moment} ${nth}`).toBe('2 NodeDataChanged');
      }
    }
  });

  it('run no user code, nor do replies and changes of the state', async () => {
    const client = new FakeClient();
    const order: string[] = [];
    const note = (what: string) => () => {
      order.push(what);
    };
    const watch = new DataWatch(client, '/node', note('call')).on('stop', note('stop'));
    await turn();
    order.length = 0;
    client.tree.create('/node');
    order.push('create() has returned');
    await turn();
    client.become('suspended');
    client.tree.set('/node', 'x');
    client.become('connected');
    order.push('become() has returned');
    await turn();
    client.insideNextReply(() => order.push('reply'));
    client.tree.set('/node', 'y');
    await turn();
    client.become('closed');
    order.push('become() has returned');
    await turn();
    const expected = ['create() has returned', 'call', 'become() has returned', 'call', 'reply', 'call'];
    expect(order).toEqual([...expected, 'become() has returned', 'stop']);
    expect(watch.stopped).toBe(true);
  });

  it('need no read before the client is connected', async () => {
    const client = new FakeClient('latent');
    client.tree.create('/node', '0');
    const { calls } = recordData(client, '/node');
    await turn();
    client.become('connecting');
    await turn();
    expect(client.reads).toEqual([]);
    client.become('connected');
    await turn();
    expect(calls.items).toEqual(['0 -']);
  });

  it('are not requested for a missing node that no watch waits for', async () => {
    const client = new FakeClient();
    const watch = new ChildrenWatch(client, '/node', doNothing);
    await turn();
    expect(watch.stopped).toBe(true);
    expect([client.reads, client.armed]).toEqual([['getChildren /node'], 0]);
  });

  it('end with the client, also in the middle of a read', async () => {
    const client = new FakeClient();
    const reasons = new Recorder<string>();
    const errors = new Recorder<unknown>();
    const idle = new DataWatch(client, '/idle', doNothing);
    await turn();
    client.hold();
    const reading = new DataWatch(client, '/reading', doNothing);
    for (const watch of [idle, reading]) watch.on('stop', reasons.record).on('error', errors.record);
    client.become('closed');
    await turn();
    expect(reasons.items).toEqual(['client-closed', 'client-closed']);
    expect(errors.items).toEqual([]);
    expect(client.listenerCount).toBe(0);
  });
});

describe('on a minimal client: watches that join', () => {
  it('receive no event at their first call, although an event caused the read', async () => {
    const client = new FakeClient();
    client.tree.create('/node', '0');
    client.tree.create('/node/a');
    const [first, firstChildren] = [recordData(client, '/node'), recordChildren(client, '/node')];
    await turn();
    const release = client.hold();
    client.tree.set('/node', '1');
    client.tree.create('/node/b');
    const [second, secondChildren] = [recordData(client, '/node'), recordChildren(client, '/node')];
    release();
    await turn();
    expect(first.calls.items).toEqual(['0 -', '1 NodeDataChanged']);
    expect(firstChildren.calls.items).toEqual(['a -', 'a,b NodeChildrenChanged']);
    expect(second.calls.items).toEqual(['1 -']);
    expect(secondChildren.calls.items).toEqual(['a,b -']);
  });

  it('do not take the event of a pending call', async () => {
    const client = new FakeClient();
    client.tree.create('/node', '0');
    const calls = new Recorder<string>();
    let open = () => {};
    const passed = new Promise<void>((resolve) => {
      open = resolve;
    });
    new DataWatch(client, '/node', (data, _stat, event) => {
      calls.record(`${data} ${event?.type ?? '-'}`);
      return passed;
    });
    await turn();
    const release = client.hold();
    client.tree.set('/node', '1');
    recordData(client, '/node');
    release();
    await turn();
    open();
    await turn();
    expect(calls.items).toEqual(['0 -', '1 NodeDataChanged']);
  });

  it('stop at once, and leave nothing behind, when the node is known to be missing', async () => {
    const client = new FakeClient();
    const waiting = recordChildren(client, '/node');
    await turn();
    client.reads.length = 0;
    const late = new ChildrenWatch(client, '/node', doNothing);
    expect(late.stopped).toBe(true);
    await turn();
    expect(client.reads).toEqual([]);
    waiting.watch.stop();
    expect(client.listenerCount).toBe(0);
  });

  it('receive their first call after a suspension that they share with others', async () => {
    const client = new FakeClient();
    client.tree.create('/node', '0');
    const first = recordData(client, '/node');
    await turn();
    client.become('suspended');
    const second = recordData(client, '/node');
    await turn();
    expect(second.calls.items).toEqual([]);
    client.become('connected');
    await turn();
    expect(first.calls.items).toEqual(['0 -']);
    expect(second.calls.items).toEqual(['0 -']);
  });
});
