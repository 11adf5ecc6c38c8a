import { describe, expect } from 'vitest';
import { ChildrenWatch, DataWatch } from '../../../index.js';
import { Recorder } from '../../../testing/recorder.js';
import { caughtUp } from '../../support/caught-up.js';
import { it, recordStates } from '../../support/fixtures.js';

const times = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

/** A promise that the spec settles. */
function gate(): { open: () => void; passed: Promise<void> } {
  let open = () => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, passed };
}

describe('2. Latest state', () => {
  it('coalesces the changes during a call into one call with the newest state', async ({ client, other }) => {
    await other.create('/node', '0');
    const calls = new Recorder<string>();
    const slow = gate();
    new DataWatch(client, '/node', async (data) => {
      calls.record(String(data));
      await slow.passed;
    });
    await calls.untilCount(1);

    for (const value of times(20)) await other.setData('/node', String(value));
    await caughtUp(client);
    slow.open();

    expect(await calls.untilCount(2)).toEqual(['0', '20']);
    await caughtUp(client);
    expect(calls.items).toEqual(['0', '20']);
  });

  it('delivers the last of 500 sets to a slow function, in far fewer calls', async ({ client, other }) => {
    await other.create('/node', '0');
    const calls = new Recorder<string>();
    new DataWatch(client, '/node', async (data) => {
      calls.record(String(data));
      for (let turn = 0; turn < 5; turn += 1) await client.sync('/');
    });

    await Promise.all(times(500).map((value) => other.setData('/node', String(value))));

    await calls.until((all) => all.at(-1) === '500');
    await caughtUp(client);
    expect(calls.last).toBe('500');
    expect(calls.items.length).toBeLessThan(250);
  });

  it('delivers the last of 500 sets to a fast function, in order', async ({ client, other }) => {
    await other.create('/node', '0');
    const calls = new Recorder<number>();
    new DataWatch(client, '/node', (data) => calls.record(Number(data)));

    await Promise.all(times(500).map((value) => other.setData('/node', String(value))));

    await calls.until((all) => all.at(-1) === 500);
    await caughtUp(client);
    expect(calls.last).toBe(500);
    expect(calls.items).toEqual([...new Set(calls.items)].sort((a, b) => a - b));
  });

  it('delivers the last of 200 creations and 100 deletions to a ChildrenWatch', async ({ client, other }) => {
    await other.create('/node');
    const calls = new Recorder<number>();
    new ChildrenWatch(client, '/node', async (children) => {
      calls.record(children.length);
      await client.sync('/');
    });

    await Promise.all(times(200).map((value) => other.create(`/node/${value}`)));
    await Promise.all(times(100).map((value) => other.delete(`/node/${value}`)));

    await calls.until((all) => all.at(-1) === 100);
    await caughtUp(client);
    expect(calls.last).toBe(100);
    expect(calls.items.length).toBeLessThan(150);
  });

  it('ends with the deletion when a deletion is the last change', async ({ client, other }) => {
    const calls = new Recorder<string>();
    new DataWatch(client, '/node', (data) => calls.record(String(data)));
    const changes: Promise<unknown>[] = [];
    for (const value of times(50)) changes.push(other.create('/node', String(value)), other.delete('/node'));
    await Promise.all(changes);
    await caughtUp(client);
    expect(calls.last).toBe('null');

    await other.create('/node', 'end');
    await calls.until((all) => all.at(-1) === 'end');
  });

  it('delivers a state that arrived while the previous call threw', async ({ client, other }) => {
    await other.create('/node', '0');
    const calls = new Recorder<string>();
    const slow = gate();
    new DataWatch(client, '/node', async (data) => {
      calls.record(String(data));
      await slow.passed;
      throw new Error('boom');
    }).on('error', () => {});
    await calls.untilCount(1);
    await other.setData('/node', '1');
    await caughtUp(client);

    slow.open();
    expect(await calls.untilCount(2)).toEqual(['0', '1']);
  });

  it('ends with the final state of a burst in whose middle the connection was cut', async ({
    proxied,
    proxy,
    other,
  }) => {
    await other.create('/node', '0');
    const calls = new Recorder<number>();
    await new DataWatch(proxied, '/node', (data) => calls.record(Number(data))).ready;
    const states = recordStates(proxied);

    const burst = Promise.all(times(300).map((value) => other.setData('/node', String(value))));
    await calls.untilCount(2);
    proxy.cut();
    await burst;
    await states.until((seen) => seen.includes('connected'));

    await calls.until((all) => all.at(-1) === 300);
    await caughtUp(proxied);
    expect(calls.items).toEqual([...new Set(calls.items)].sort((a, b) => a - b));
  });
});
