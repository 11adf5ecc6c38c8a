import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  ChildrenWatch,
  DataWatch,
  NoAuthError,
  NoNodeError,
  PatientChildrenWatch,
  type Watcher,
} from '../../../index.js';
import { FakeClient } from '../../../testing/fake-client.js';
import { outcome, pass } from '../../../testing/passing-time.js';
import { Recorder } from '../../../testing/recorder.js';

/** A watch whose function settles when the spec lets it. */
function slowWatch(client: FakeClient) {
  const calls = new Recorder<string>();
  const releases: (() => void)[] = [];
  const watch = new DataWatch(client, '/node', (data, _, event) => {
    calls.record(`${data} ${event?.type ?? '-'}`);
    return new Promise<void>((resolve) => releases.push(resolve));
  });
  const release = async (): Promise<void> => {
    releases.shift()?.();
    await pass(0);
  };
  return { watch, calls, release };
}

/** A client with /node on whose server each read fires its own watch. */
function chatty(): FakeClient {
  const client = new FakeClient();
  client.tree.create('/node', '0');
  const { getData, getChildren, exists } = client;
  const firing =
    <A extends [path: string, watcher?: Watcher], R>(read: (...args: A) => Promise<R>) =>
    (...args: A): Promise<R> => {
      const reading = read.apply(client, args);
      reading.then(
        () => args[1]?.({ type: 'NodeDataChanged', path: args[0] }),
        () => args[1]?.({ type: 'NodeDataChanged', path: args[0] }),
      );
      return reading;
    };
  return Object.assign(client, { getData: firing(getData), getChildren: firing(getChildren), exists: firing(exists) });
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('while every function of a path is busy', () => {
  it('nothing is read, and once one is free the newest state is read once', async () => {
    const client = new FakeClient();
    client.tree.create('/node', '0');
    const { watch, calls, release } = slowWatch(client);
    await pass(0);
    expect(client.reads).toHaveLength(1);
    expect(watch.status).toBe('fresh');
    for (let value = 1; value <= 100; value += 1) {
      client.tree.set('/node', String(value));
      await pass(10);
    }
    expect(client.reads).toHaveLength(1);
    expect(watch.status).toBe('stale');
    await release();
    expect(client.reads).toHaveLength(2);
    expect(calls.items).toEqual(['0 -', '100 NodeDataChanged']);
    expect(watch.status).toBe('fresh');
    await release();
    client.tree.set('/node', 'last');
    await pass(0);
    expect(calls.last).toBe('last NodeDataChanged');
  });

  it('a second, idle watch makes it read, and one that joins', async () => {
    const client = new FakeClient();
    client.tree.create('/node', '0');
    const { calls, release } = slowWatch(client);
    await pass(0);
    client.tree.set('/node', '1');
    await pass(0);
    const second: string[] = [];
    new DataWatch(client, '/node', (data) => void second.push(String(data)));
    await pass(0);
    expect(second).toEqual(['1']);
    client.tree.set('/node', '2');
    await pass(0);
    expect(second).toEqual(['1', '2']);
    await release();
    expect(calls.items).toEqual(['0 -', '2 NodeDataChanged']);
    expect(client.reads).toHaveLength(3);
  });

  it('a recovery is not lost: it is read once one is free, and then resynced', async () => {
    const client = new FakeClient();
    client.tree.create('/node', '0');
    const { watch, calls, release } = slowWatch(client);
    let resynced = 0;
    watch.on('resynced', () => {
      resynced += 1;
    });
    await pass(0);
    client.become('suspended');
    client.tree.set('/node', '1');
    client.become('connected');
    await pass(60_000);
    expect([client.reads.length, client.armed, resynced]).toEqual([1, 0, 0]);
    await release();
    expect([calls.last, client.armed]).toEqual(['1 -', 1]);
    await release();
    expect(resynced).toBe(1);
  });

  it('a change that comes as the function is about to be called is read after it', async () => {
    const client = new FakeClient();
    client.tree.create('/node', '0');
    client.insideNextReply(() => queueMicrotask(() => client.tree.set('/node', '1')));
    const calls: string[] = [];
    new DataWatch(client, '/node', (data) => void calls.push(String(data)));
    await pass(0);
    expect(calls.at(-1)).toBe('1');
  });

  it('a function that throws or rejects frees it too', async () => {
    for (const fail of [() => Promise.reject(new Error('x')), () => Promise.resolve().then(() => fail2())]) {
      const client = new FakeClient();
      client.tree.create('/node', '0');
      const calls: string[] = [];
      new DataWatch(client, '/node', async (data) => {
        calls.push(String(data));
        client.tree.set('/node', `${calls.length}`);
        if (calls.length < 3) await fail();
        return calls.length < 3;
      }).on('error', () => {});
      await pass(0);
      expect(calls).toEqual(['0', '1', '2']);
    }
  });

  it('a wait for settled children is always free', async () => {
    const client = new FakeClient();
    client.tree.create('/node');
    new ChildrenWatch(client, '/node', () => new Promise(() => {}));
    const settled = outcome(new PatientChildrenWatch(client, '/node', { timeBoundary: 100 }).start());
    await pass(0);
    client.tree.create('/node/a');
    await pass(100);
    expect(settled.value).toMatchObject({ children: ['a'] });
  });

  it('the recheck passes it over', async () => {
    const client = new FakeClient();
    client.tree.create('/node', '0');
    const { watch } = slowWatch(client);
    await pass(1_300_000);
    expect([client.reads.length, watch.status]).toEqual([1, 'fresh']);
  });
});

function fail2(): never {
  throw new Error('y');
}

describe('rounds without news', () => {
  it('pause for longer and longer when each read brings an event, and a real change ends that', async () => {
    const client = chatty();
    const calls: string[] = [];
    new DataWatch(client, '/node', (data) => void calls.push(String(data)));
    await pass(60_000);
    expect(calls).toEqual(['0']);
    expect(client.reads.length).toBeLessThan(150);
    client.reads.length = 0;
    await pass(60_000);
    expect(client.reads.length).toBeLessThan(130);
    expect(client.reads.length).toBeGreaterThan(50);
    client.tree.set('/node', '1');
    await pass(1_000);
    expect(calls).toEqual(['0', '1']);
  });

  it('pause also when each read fails and brings an event', async () => {
    const client = chatty();
    new DataWatch(client, '/node', () => {}).on('error', () => {});
    await pass(0);
    client.readError = (operation) => (operation === 'exists' ? undefined : new NoAuthError('no'));
    client.tree.set('/node', '1');
    await pass(10_000);
    expect(client.reads.length).toBeLessThan(150);
  });

  it('pause when a read finds no znode and exists finds one, which is reported; then the state is delivered', async () => {
    const client = new FakeClient();
    client.tree.create('/node', '0');
    client.readError = (operation) => (operation === 'exists' ? undefined : new NoNodeError('none'));
    const calls: string[] = [];
    const watch = new DataWatch(client, '/node', (data) => void calls.push(String(data)));
    await pass(60_000);
    expect([calls, watch.status]).toEqual([[], 'stale']);
    expect(client.reads.length).toBeLessThan(600);
    const message = 'the server contradicts itself about /node: a read finds no znode, and exists finds one';
    expect(client.logger.messages('warn')).toEqual([
      message,
      expect.stringMatching(/times in 30 s\)$/),
      expect.anything(),
    ]);
    client.readError = () => undefined;
    await pass(1_000);
    expect([calls, watch.status]).toEqual([['0'], 'fresh']);
  });

  it('pause for a wait for settled children too', async () => {
    const client = chatty();
    const settled = outcome(new PatientChildrenWatch(client, '/node', { timeBoundary: 100 }).start());
    await pass(20_000);
    expect(client.reads.length).toBeLessThan(100);
    expect(settled.value).toBe('pending');
  });

  it('delay no change when they are rare', async () => {
    const client = new FakeClient();
    client.tree.create('/node', '0');
    const calls: string[] = [];
    let watcher: Watcher | undefined;
    const { getData } = client;
    client.getData = (path, given) => {
      watcher = given;
      return getData.call(client, path, given);
    };
    new DataWatch(client, '/node', (data) => void calls.push(String(data)));
    for (let times = 0; times < 100; times += 1) {
      await pass(3_000);
      watcher?.({ type: 'NodeDataChanged', path: '/node' });
    }
    await pass(3_000);
    client.tree.set('/node', '1');
    await pass(0);
    expect(calls).toEqual(['0', '1']);
  });
});
