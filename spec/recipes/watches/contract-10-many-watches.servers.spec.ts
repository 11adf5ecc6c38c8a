import { describe, expect } from 'vitest';
import { ChildrenWatch, type CoordinationClient, DataWatch, type ZooKeeperClient } from '../../../index.js';
import { fourLetterWord } from '../../../testing/four-letter-word.js';
import { Recorder } from '../../../testing/recorder.js';
import { it, recordStates } from '../../support/fixtures.js';

const times = (count: number) => Array.from({ length: count }, (_, index) => index);

const READS: ReadonlySet<unknown> = new Set(['exists', 'getData', 'getChildren']);

/** The client, with a list of the reads requested from it. */
function counted(client: ZooKeeperClient): { counting: CoordinationClient; reads: string[] } {
  const reads: string[] = [];
  const counting = new Proxy(client, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        if (READS.has(key)) reads.push(`${String(key)} ${args[0]}`);
        return value.apply(target, args);
      };
    },
  });
  return { counting, reads };
}

/** The sessions that watch a path's data, as the server reports them. */
async function watchingSessions(port: number, path: string): Promise<string[]> {
  const lines = (await fourLetterWord(port, 'wchp')).split('\n');
  const sessions: string[] = [];
  for (let at = lines.indexOf(path) + 1; at > 0 && lines[at]?.startsWith('\t'); at += 1) {
    sessions.push(lines[at] as string);
  }
  return sessions;
}

describe('10. Many watches on one path', () => {
  it.for([10, 1_000])('read once per change for %i watches', async (count, { proxied, proxy, other, port, chroot }) => {
    await other.create('/node', '0');
    const { counting, reads } = counted(proxied);
    const calls = new Recorder<string>();
    const watches = times(count).map(() => new DataWatch(counting, '/node', (data) => calls.record(String(data))));
    await Promise.all(watches.map((watch) => watch.ready));
    expect(calls.items).toEqual(Array(count).fill('0'));
    expect(reads.length).toBeLessThanOrEqual(2);
    expect(await watchingSessions(port, `${chroot}/node`)).toHaveLength(1);

    let notifications = 0;
    proxy.transform((frame) => {
      if (frame.readInt32BE(0) === -1) notifications += 1;
      return frame;
    });
    for (const value of ['1', '2', '3']) {
      reads.length = 0;
      notifications = 0;
      calls.clear();
      await other.setData('/node', value);
      expect(await calls.untilCount(count)).toEqual(Array(count).fill(value));
      await proxied.sync('/');
      expect(reads).toEqual(['getData /node']);
      expect(notifications).toBe(1);
      expect(await watchingSessions(port, `${chroot}/node`)).toHaveLength(1);
    }
  });

  it('read once per change for a thousand watches of children', async ({ client, other }) => {
    await other.create('/node');
    const { counting, reads } = counted(client);
    const calls = new Recorder<string>();
    const watches = times(1_000).map(() => new ChildrenWatch(counting, '/node', (names) => calls.record(names.join())));
    await Promise.all(watches.map((watch) => watch.ready));
    expect(reads.length).toBeLessThanOrEqual(2);
    reads.length = 0;
    calls.clear();
    await other.create('/node/a');
    expect(await calls.untilCount(1_000)).toEqual(Array(1_000).fill('a'));
    await client.sync('/');
    expect(reads).toEqual(['getChildren /node']);
  });

  it('send no read for a watch that joins others', async ({ client, other }) => {
    await other.create('/node', '0');
    const { counting, reads } = counted(client);
    await new DataWatch(counting, '/node', () => {}).ready;
    reads.length = 0;
    await new DataWatch(counting, '/node', () => {}).ready;
    expect(reads).toEqual([]);
  });

  it('send no read at a reconnection without a change, and one read with a change', async ({
    proxied,
    proxy,
    other,
  }) => {
    await other.create('/node', '0');
    const { counting, reads } = counted(proxied);
    const calls = new Recorder<string>();
    const watches = times(100).map(() => new DataWatch(counting, '/node', (data) => calls.record(String(data))));
    await Promise.all(watches.map((watch) => watch.ready));
    await new DataWatch(counting, '/missing', () => {}).ready;
    await new ChildrenWatch(counting, '/node', () => {}).ready;
    reads.length = 0;
    const states = recordStates(proxied);
    proxy.cut();
    await states.until((seen) => seen.includes('connected'));
    await proxied.sync('/');
    expect(reads).toEqual([]);

    states.clear();
    proxy.refuse();
    proxy.cut();
    await states.until((seen) => seen.includes('suspended'));
    await other.setData('/node', '1');
    await proxy.accept();
    await calls.untilCount(200);
    await proxied.sync('/');
    expect(reads).toEqual(['getData /node']);
  });

  it('continue when others stop', async ({ client, other }) => {
    await other.create('/node', '0');
    const calls = new Recorder<string>();
    const watches = times(10).map((nth) => new DataWatch(client, '/node', (data) => calls.record(`${nth} ${data}`)));
    await Promise.all(watches.map((watch) => watch.ready));
    calls.clear();
    for (const watch of watches.slice(0, 9)) watch.stop();
    for (const value of ['1', '2']) {
      await other.setData('/node', value);
      await calls.until((all) => all.at(-1) === `9 ${value}`);
    }
    expect(calls.items).toEqual(['9 1', '9 2']);
  });

  it('start again after the last of them has stopped', async ({ client, other }) => {
    await other.create('/node', '0');
    const first = new DataWatch(client, '/node', () => {});
    await first.ready;
    first.stop();
    await other.setData('/node', '1');
    const calls = new Recorder<string>();
    await new DataWatch(client, '/node', (data) => calls.record(String(data))).ready;
    await other.setData('/node', '2');
    expect(await calls.untilCount(2)).toEqual(['1', '2']);
  });

  it('keep data and children of one path apart', async ({ client, other }) => {
    await other.create('/node', '0');
    const calls = new Recorder<string>();
    const data = new DataWatch(client, '/node', (value) => calls.record(`data ${value}`));
    await data.ready;
    const options = { waitForNode: true } as const;
    const children = new ChildrenWatch(client, '/node', (names) => calls.record(`children ${names}`), options);
    await children.ready;
    await other.create('/node/a');
    await calls.untilCount(3);
    await other.setData('/node', '1');
    expect(await calls.untilCount(4)).toEqual(['data 0', 'children ', 'children a', 'data 1']);
    calls.clear();
    await other.deleteRecursive('/node');
    await calls.until((all) => all.includes('data null') && all.includes('children null'));
    expect(calls.items.filter((call) => call.endsWith('null')).sort()).toEqual(['children null', 'data null']);
  });
});
