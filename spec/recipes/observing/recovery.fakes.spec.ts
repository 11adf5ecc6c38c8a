import { describe, expect, it } from 'vitest';
import { ChildrenWatch } from '../../../index.js';
import { FakeClient } from '../../../testing/fake-client.js';
import { turn } from '../../../testing/passing-time.js';
import { Recorder } from '../../../testing/recorder.js';
import { isStrictlyIncreasing, recordChildren, recordData } from '../../support/recorded-watches.js';

/** The watch goes on: the next change is delivered with its event. */
async function expectNextChange(client: FakeClient, calls: Recorder<string>): Promise<void> {
  client.tree.set('/node', '1');
  await turn();
  expect(calls.items).toEqual(['0 -', '1 NodeDataChanged']);
}

describe('on a minimal client: recovery', () => {
  it('reads everything again, and re-arms the lost watches', async () => {
    const client = new FakeClient();
    for (const path of ['/changed', '/deleted', '/same', '/parent', '/quiet']) client.tree.create(path, '0');
    const watches = Object.fromEntries(
      ['/changed', '/deleted', '/same', '/created', '/missing'].map((path) => [path, recordData(client, path).calls]),
    );
    const parent = recordChildren(client, '/parent');
    const quiet = recordChildren(client, '/quiet');
    await turn();
    client.become('suspended');
    expect(client.armed).toBe(0);
    client.tree.set('/changed', '1');
    client.tree.delete('/deleted');
    client.tree.create('/created', '1');
    client.tree.create('/parent/child');
    await turn();
    client.become('connected');
    await turn();
    const calls = () => Object.fromEntries(Object.entries(watches).map(([path, { items }]) => [path, [...items]]));
    expect(calls()).toEqual({
      '/changed': ['0 -', '1 -'],
      '/deleted': ['0 -', 'null -'],
      '/same': ['0 -'],
      '/created': ['null -', '1 -'],
      '/missing': ['null -'],
    });
    expect(parent.calls.items).toEqual([' -', 'child -']);
    expect(quiet.calls.items).toEqual([' -']);
    expect(client.armed).toBe(7);

    client.tree.set('/same', '2');
    client.tree.create('/missing', '2');
    client.tree.create('/quiet/child');
    await turn();
    expect(calls()['/same']).toEqual(['0 -', '2 NodeDataChanged']);
    expect(calls()['/missing']).toEqual(['null -', '2 NodeCreated']);
    expect(quiet.calls.items).toEqual([' -', 'child NodeChildrenChanged']);
  });

  it('continues after a server that had lagged behind', async () => {
    const client = new FakeClient();
    const { calls } = recordData(client, '/node');
    await turn();
    const past = client.tree.snapshot();
    client.tree.create('/node', '1');
    await turn();
    client.become('suspended');
    client.stale = past;
    client.become('connected');
    await turn();
    client.become('suspended');
    client.stale = null;
    client.become('connected');
    await turn();
    expect(calls.items).toEqual(['null -', '1 NodeCreated', 'null -', '1 -']);
  });

  it('reads again in a new session, and stops the watches that must not outlive the old one', async () => {
    const client = new FakeClient();
    client.tree.create('/node', '0');
    const { calls } = recordData(client, '/node');
    const reasons = new Recorder<string>();
    new ChildrenWatch(client, '/node', () => {}, { allowSessionLost: false }).on('stop', reasons.record);
    await turn();
    client.become('suspended');
    await turn();
    expect(reasons.items).toEqual([]);
    client.become('lost');
    client.tree.set('/node', '1');
    await turn();
    expect(reasons.items).toEqual(['session-lost']);
    client.become('connected');
    await turn();
    expect(calls.items).toEqual(['0 -', '1 -']);
  });

  it('reads again when the connection ended and returned between a reply and its handling', async () => {
    const client = new FakeClient();
    client.tree.create('/node', '0');
    const { calls } = recordData(client, '/node');
    client.insideNextReply(() => {
      client.become('suspended');
      client.become('connected');
    });
    await turn();
    expect(client.armed).toBe(1);
    await expectNextChange(client, calls);
  });

  it('reads again when the connection ends and returns during the read', async () => {
    const client = new FakeClient();
    client.tree.create('/node', '0');
    client.hold();
    const { calls } = recordData(client, '/node');
    await turn();
    client.become('suspended');
    const release = client.hold();
    client.become('connected');
    await turn();
    client.become('suspended');
    client.become('connected');
    release();
    await turn();
    client.become('suspended');
    client.become('connected');
    await turn();
    expect(calls.items).toEqual(['0 -']);
    await expectNextChange(client, calls);
  });

  it('delivers no change of the ACL, nor of another aspect', async () => {
    const client = new FakeClient();
    client.tree.create('/node', '0');
    client.tree.create('/node/a');
    const data = recordData(client, '/node');
    const children = recordChildren(client, '/node');
    await turn();
    client.become('suspended');
    client.tree.touchAcl('/node');
    client.tree.create('/node/b');
    client.become('connected');
    await turn();
    expect(data.calls.items).toEqual(['0 -']);
    client.become('suspended');
    client.tree.set('/node', '1');
    client.tree.set('/node/a', '1');
    client.tree.create('/node/a/grandchild');
    client.become('connected');
    await turn();
    expect(data.calls.items).toEqual(['0 -', '1 -']);
    expect(children.calls.items).toEqual(['a -', 'a,b -']);
  });

  it('delivers a node that was replaced by an equal one', async () => {
    const client = new FakeClient();
    client.tree.create('/node', '0');
    client.tree.create('/node/a');
    const data = recordData(client, '/node/a');
    const children = recordChildren(client, '/node');
    await turn();
    client.tree.replace('/node/a');
    await turn();
    client.become('suspended');
    client.tree.replace('/node/a');
    client.become('connected');
    await turn();
    expect(data.calls.items).toEqual([' -', ' NodeDataChanged', ' -']);
    expect(children.calls.items).toEqual(['a -', 'a NodeChildrenChanged', 'a -']);
    expect(isStrictlyIncreasing(data.mzxids)).toBe(true);
  });

  it('delivers no stale read, but the changes after it', async () => {
    const client = new FakeClient();
    client.tree.create('/node', '0');
    client.tree.create('/node/a');
    const data = recordData(client, '/node');
    const children = recordChildren(client, '/node');
    await turn();
    const past = client.tree.snapshot();
    client.tree.set('/node', '1');
    client.tree.create('/node/b');
    await turn();
    client.become('suspended');
    client.stale = past;
    client.become('connected');
    await turn();
    expect(data.calls.items).toEqual(['0 -', '1 NodeDataChanged']);
    expect(children.calls.items).toEqual(['a -', 'a,b NodeChildrenChanged']);

    client.stale = null;
    client.tree.set('/node', '2');
    client.tree.create('/node/c');
    await turn();
    expect(data.calls.last).toBe('2 NodeDataChanged');
    expect(children.calls.last).toBe('a,b,c NodeChildrenChanged');
    expect(isStrictlyIncreasing(data.mzxids)).toBe(true);
    expect([data.calls.items.length, children.calls.items.length]).toEqual([3, 3]);
  });

  it('delivers no state from before a deletion after it', async () => {
    const client = new FakeClient();
    client.tree.create('/node', '0');
    const { calls, mzxids } = recordData(client, '/node');
    await turn();
    const past = client.tree.snapshot();
    client.tree.delete('/node');
    await turn();
    client.become('suspended');
    client.stale = past;
    client.become('connected');
    await turn();
    expect(calls.items).toEqual(['0 -', 'null NodeDeleted']);
    client.stale = null;
    client.become('suspended');
    client.tree.create('/node', '1');
    client.become('connected');
    await turn();
    expect(calls.items).toEqual(['0 -', 'null NodeDeleted', '1 -']);
    expect(isStrictlyIncreasing(mzxids)).toBe(true);
  });

  it('accepts older zxids once the client reports a new epoch', async () => {
    class RestoredClient extends FakeClient {
      epoch = 0;
    }
    const client = new RestoredClient();
    client.tree.create('/older', '0');
    client.tree.create('/diverged', '0');
    const [older, diverged, gone] = ['/older', '/diverged', '/gone'].map((path) => recordData(client, path).calls);
    await turn();
    const backup = client.tree.snapshot();
    const sameZxids = backup.get('/diverged');
    client.tree.set('/older', '1');
    client.tree.create('/gone', '1');
    await turn();
    client.become('suspended');
    if (sameZxids) client.stale = new Map(backup).set('/diverged', { ...sameZxids, data: Buffer.from('other') });
    client.epoch += 1;
    client.become('connected');
    await turn();
    expect(older?.items).toEqual(['0 -', '1 NodeDataChanged', '0 -']);
    expect(diverged?.items).toEqual(['0 -', 'other -']);
    expect(gone?.items).toEqual(['null -', '1 NodeCreated', 'null -']);
  });
});
