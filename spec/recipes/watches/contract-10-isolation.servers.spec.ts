import assert from 'node:assert';
import { MessageChannel } from 'node:worker_threads';
import { describe, expect } from 'vitest';
import { ChildrenWatch, DataWatch, type Stat } from '../../../index.js';
import { Recorder } from '../../../testing/recorder.js';
import { Neighbour } from '../../oracle/neighbour.js';
import { eventOf } from '../../support/event-of.js';
import { it } from '../../support/fixtures.js';

/** Sends the memory of a Buffer to another thread, if that is possible. */
function transfer(data: Buffer): void {
  const { port1 } = new MessageChannel();
  try {
    port1.postMessage(data, [data.buffer as ArrayBuffer]);
  } catch {
    // It belongs to others too.
  }
  port1.close();
}

describe('10. Nothing that one function does to what it is given reaches another', () => {
  it.for([1, 600, 100_000])('with %i bytes of data', async (length, { client, other }) => {
    const [first, second] = ['a'.repeat(length), 'b'.repeat(length)];
    await other.create('/node', first);
    const neighbours = [0, 1, 2].map((nth) => new Neighbour(client, '/node', 'data', nth));
    const calls = new Recorder<string>();
    const stats = new Recorder<Stat | null>();
    new DataWatch(client, '/node', (data, stat) => {
      stats.record(stat);
      calls.record(String(data));
    });
    neighbours.push(new Neighbour(client, '/node', 'data', 3));
    await calls.untilCount(1);
    await other.setData('/node', second);
    await calls.untilCount(2);
    // Joins the others after they have been called.
    await new DataWatch(client, '/node', (data) => calls.record(String(data))).ready;
    expect(calls.items).toEqual([first, second, second]);
    expect(stats.last).toEqual(await other.exists('/node'));
    for (const neighbour of neighbours) neighbour.stop();
  });

  it('with children and their difference', async ({ client, other }) => {
    await other.create('/node/a', '', { makePath: true });
    const neighbours = [0, 1, 2].map((nth) => new Neighbour(client, '/node', 'children', nth));
    const calls = new Recorder<unknown[]>();
    const options = { sendDiff: true } as const;
    new ChildrenWatch(client, '/node', (...args) => calls.record(structuredClone(args)), options);
    await calls.untilCount(1);
    await other.create('/node/b');
    await calls.untilCount(2);
    await new ChildrenWatch(client, '/node', (children) => calls.record([...children])).ready;
    const event = eventOf('NodeChildrenChanged', '/node');
    expect(calls.items).toEqual([
      [['a'], null, { added: ['a'], removed: [] }],
      [['a', 'b'], event, { added: ['b'], removed: [] }],
      ['a', 'b'],
    ]);
    for (const neighbour of neighbours) neighbour.stop();
  });

  it('nor the data of another znode, or of a plain read', async ({ client, other }) => {
    for (const name of ['a', 'b', 'c']) await other.create(`/${name}`, name);
    const read = await client.getData('/a');
    const calls = new Recorder<string>();
    await new DataWatch(client, '/b', (data) => calls.record(String(data))).ready;
    await new DataWatch(client, '/c', (data) => data && transfer(data)).ready;
    const taken = await client.getData('/c');
    transfer(taken.data);
    await new DataWatch(client, '/b', (data) => calls.record(String(data))).ready;
    expect(String(read.data)).toBe('a');
    expect(calls.items).toEqual(['b', 'b']);
  });

  it('not even through the memory behind the Buffer of a function', async ({ client, other }) => {
    await other.create('/node', 'kept');
    const kept: Buffer[] = [];
    await new DataWatch(client, '/node', (data) => data && kept.push(data)).ready;
    await new DataWatch(client, '/node', (data) => data && new Uint8Array(data.buffer).fill(0)).ready;
    expect(kept.map(String)).toEqual(['kept']);
  });
});

describe('a stat', () => {
  it('is frozen, from every operation', async ({ client, other }) => {
    await other.create('/node', 'x');
    const stats: (Stat | null)[] = [
      await client.exists('/node'),
      (await client.getData('/node')).stat,
      (await client.getChildren('/node')).stat,
      (await client.getAcl('/node')).stat,
      await client.setData('/node', 'y'),
      await client.setAcl('/node', [{ perms: 31, scheme: 'world', id: 'anyone' }]),
    ];
    await new DataWatch(client, '/node', (_, stat) => void stats.push(stat)).ready;
    expect(stats.map((stat) => Object.isFrozen(stat))).toEqual(Array(7).fill(true));
  });

  it('is written by JSON.stringify with its bigints as decimal strings', async ({ client, other }) => {
    await other.create('/node', 'x');
    const { stat } = await client.getData('/node');
    const { czxid, mzxid, pzxid, ephemeralOwner } = stat;
    const expected = { ...stat, czxid: `${czxid}`, mzxid: `${mzxid}`, pzxid: `${pzxid}`, ephemeralOwner: '0' };
    expect(ephemeralOwner).toBe(0n);
    expect(JSON.parse(JSON.stringify({ nested: [stat] }))).toEqual({ nested: [expected] });
  });

  it('can be spread, cloned and compared, and has no properties besides its own', async ({ client, other }) => {
    await other.create('/node', 'x');
    const [first, second] = [await client.exists('/node'), await client.exists('/node')];
    assert.deepStrictEqual(first, second);
    expect({ ...first, version: 7 }).toEqual({ ...second, version: 7 });
    expect(structuredClone(first)).toEqual(first);
    expect(Object.keys(first as Stat)).toHaveLength(11);
  });
});
