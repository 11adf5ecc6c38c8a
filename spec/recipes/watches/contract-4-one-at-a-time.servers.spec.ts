import { describe, expect } from 'vitest';
import { ChildrenWatch, DataWatch, type ZooKeeperClient } from '../../../index.js';
import { Recorder } from '../../../testing/recorder.js';
import { it } from '../../support/fixtures.js';

const times = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

/** A function body that is slow enough for changes to arrive during it, and counts concurrent runs. */
class Work {
  most = 0;
  #running = 0;
  readonly #client: ZooKeeperClient;

  constructor(client: ZooKeeperClient) {
    this.#client = client;
  }

  async run(): Promise<void> {
    this.#running += 1;
    this.most = Math.max(this.most, this.#running);
    for (let turn = 0; turn < 3; turn += 1) await this.#client.sync('/');
    this.#running -= 1;
  }
}

/** A promise that the spec settles. */
function gate(): { open: () => void; passed: Promise<void> } {
  let open = () => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, passed };
}

describe('4. One at a time', () => {
  it('never overlaps the calls of a DataWatch, under 500 sets', async ({ client, other }) => {
    await other.create('/node', '0');
    const work = new Work(client);
    const calls = new Recorder<string>();
    new DataWatch(client, '/node', async (data) => {
      await work.run();
      calls.record(String(data));
    });
    // The watch has its own connection: its first read may come after all of them.
    await calls.untilCount(1);
    await Promise.all(times(500).map((value) => other.setData('/node', String(value))));
    await calls.until((all) => all.at(-1) === '500');
    expect(calls.items.length).toBeGreaterThan(1);
    expect(work.most).toBe(1);
  });

  it('never overlaps the calls of a ChildrenWatch, under 200 creations', async ({ client, other }) => {
    await other.create('/node');
    const work = new Work(client);
    const calls = new Recorder<number>();
    new ChildrenWatch(client, '/node', async (children) => {
      await work.run();
      calls.record(children.length);
    });
    await calls.untilCount(1);
    await Promise.all(times(200).map((value) => other.create(`/node/${value}`)));
    await calls.until((all) => all.at(-1) === 200);
    expect(calls.items.length).toBeGreaterThan(1);
    expect(work.most).toBe(1);
  });

  it('awaits a rejecting function too', async ({ client, other }) => {
    await other.create('/node', '0');
    const work = new Work(client);
    const errors = new Recorder<unknown>();
    new DataWatch(client, '/node', async (data) => {
      await work.run();
      throw String(data);
    }).on('error', errors.record);
    await Promise.all(times(50).map((value) => other.setData('/node', String(value))));
    await errors.until((all) => all.at(-1) === '50');
    expect(work.most).toBe(1);
  });

  it('awaits anything that has a then method', async ({ client, other }) => {
    await other.create('/node', '0');
    const calls = new Recorder<string>();
    const { open, passed } = gate();
    // biome-ignore lint/suspicious/noThenProperty: a thenable is what this is about
    const thenable = { then: (resolve: (value: unknown) => void) => void passed.then(() => resolve(undefined)) };
    new DataWatch(client, '/node', (data) => {
      calls.record(String(data));
      return thenable;
    });
    const live = new Recorder<string>();
    new DataWatch(client, '/node', (data) => live.record(String(data)));
    await calls.untilCount(1);
    await other.setData('/node', '1');
    await live.until((all) => all.at(-1) === '1');
    expect(calls.items).toEqual(['0']);

    open();
    expect(await calls.untilCount(2)).toEqual(['0', '1']);
  });

  it('does not delay the other watches of the path while a function is slow', async ({ client, other }) => {
    await other.create('/node', '0');
    await other.create('/elsewhere', '0');
    const { open, passed } = gate();
    const slow = new Recorder<string>();
    new DataWatch(client, '/node', (data) => {
      slow.record(String(data));
      return passed;
    });
    await slow.untilCount(1);
    const beside = new Recorder<string>();
    const elsewhere = new Recorder<string>();
    new DataWatch(client, '/node', (data) => beside.record(String(data)));
    new DataWatch(client, '/elsewhere', (data) => elsewhere.record(String(data)));

    for (const value of ['1', '2']) {
      await other.setData('/node', value);
      await beside.until((all) => all.at(-1) === value);
      await other.setData('/elsewhere', value);
      await elsewhere.until((all) => all.at(-1) === value);
    }
    expect(slow.items).toEqual(['0']);
    open();
    expect(await slow.untilCount(2)).toEqual(['0', '2']);
  });

  it('stops at a promise of false, and begins no call while the promise is pending', async ({ client, other }) => {
    await other.create('/node', '0');
    const calls = new Recorder<string>();
    const reasons = new Recorder<string>();
    const { open, passed } = gate();
    const watch = new DataWatch(client, '/node', async (data) => {
      calls.record(String(data));
      await passed;
      return false;
    }).on('stop', reasons.record);
    const live = new Recorder<string>();
    new DataWatch(client, '/node', (data) => live.record(String(data)));
    await calls.untilCount(1);
    await other.setData('/node', '1');
    await live.until((all) => all.at(-1) === '1');
    expect(watch.stopped).toBe(false);

    open();
    expect(await reasons.untilCount(1)).toEqual(['returned-false']);
    await other.setData('/node', '2');
    await live.until((all) => all.at(-1) === '2');
    expect(calls.items).toEqual(['0']);
  });

  it('stops at a thenable of false', async ({ client }) => {
    const reasons = new Recorder<string>();
    // biome-ignore lint/suspicious/noThenProperty: a thenable is what this is about
    const thenable = { then: (resolve: (value: unknown) => void) => resolve(false) };
    new DataWatch(client, '/node', () => thenable).on('stop', reasons.record);
    expect(await reasons.untilCount(1)).toEqual(['returned-false']);
  });
});
