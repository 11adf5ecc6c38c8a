import { once } from 'node:events';
import nodeZooKeeper from 'node-zookeeper-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  ChildrenWatch,
  type CoordinationClient,
  DataWatch,
  dataWatch,
  InvalidArgumentError,
  PatientChildrenWatch,
  ZooKeeperError,
} from '../../../index.js';
import { FakeClient } from '../../../testing/fake-client.js';
import { outcome, pass } from '../../../testing/passing-time.js';

const doNothing = (): void => {};

function lines(client: FakeClient): [level: string, message: string][] {
  return client.logger.items.map(({ level, message }) => [level, message]);
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('an object of another package', () => {
  /** The methods of the native package, as far as they matter. */
  const native = {
    state: 3,
    ...Object.fromEntries(['a_get', 'aw_get', 'a_exists', 'get', 'on', 'off'].map((name) => [name, doNothing])),
  };
  const cases = {
    'node-zookeeper-client': {
      object: nodeZooKeeper.createClient('127.0.0.1:2181'),
      cure: 'pass fromNodeZooKeeperClient(client) of zk-recipes/node-zookeeper-client, or make a ZooKeeperClient',
    },
    'the native package zookeeper': {
      object: native,
      cure: 'make a ZooKeeperClient with the same connect string, or wrap the object in a CoordinationClient of your own',
    },
  };

  it.for(Object.entries(cases))('is refused by every constructor, with the cure: %s', ([name, { object, cure }]) => {
    const client = object as unknown as CoordinationClient;
    const message = `client is an object of ${name}, which a watch cannot use as it is: ${cure}`;
    const makes = [
      () => new DataWatch(client, '/node', doNothing),
      () => new ChildrenWatch(client, '/node'),
      () => new PatientChildrenWatch(client, '/node'),
      () => dataWatch(client, '/node'),
    ];
    for (const make of makes) {
      // With an error, the whole message is compared.
      expect(make).toThrow(new InvalidArgumentError(message));
    }
  });

  it('with all methods but another state is no client either', () => {
    const client = Object.defineProperty(new FakeClient(), 'state', { value: 3 });
    expect(() => new DataWatch(client, '/node', doNothing)).toThrow(InvalidArgumentError);
  });
});

describe('an unknown event', () => {
  it('is refused when a listener is added, with the known ones', () => {
    const watch = new DataWatch(new FakeClient(), '/node', doNothing);
    for (const add of ['on', 'once', 'addListener'] as const) {
      const typo = () => watch[add]('stopped' as 'stop', doNothing);
      expect(typo).toThrow(InvalidArgumentError);
      expect(typo).toThrow('event must be one of error, resynced, stop, but is a string of length 7');
    }
  });

  it('may be asked for and removed, and tools of Node may add `error`', async () => {
    const watch = new DataWatch(new FakeClient(), '/node', doNothing);
    expect(watch.listenerCount('stopped' as 'stop')).toBe(0);
    watch.off('stopped' as 'stop', doNothing);
    const stopped = once(watch as unknown as EventTarget, 'stop');
    watch.stop();
    expect(await stopped).toEqual(['stopped']);
  });
});

describe('a watch that nobody uses', () => {
  it('is reported once, after some seconds', async () => {
    const client = new FakeClient();
    const watch = new DataWatch(client, '/node');
    await pass(4_999);
    expect(lines(client)).toEqual([]);
    await pass(600_000);
    const message =
      'the watch of /node has neither a function nor a loop, and watches nothing: call register(func), iterate over it, ' +
      'or stop it';
    expect(lines(client)).toEqual([['warn', message]]);
    expect(client.logger.last?.details).toEqual({ path: '/node' });
    expect(watch.stopped).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is also reported when its `ready` is awaited, which cannot settle', async () => {
    const client = new FakeClient();
    const ready = outcome(new ChildrenWatch(client, '/node').ready);
    await pass(5_000);
    expect([lines(client).length, ready.value]).toEqual([1, 'pending']);
  });

  it('shares its line with others of the client', async () => {
    const client = new FakeClient();
    for (let index = 0; index < 1_000; index += 1) new DataWatch(client, `/node-${index}`);
    await pass(5_000);
    expect(lines(client)).toEqual([
      ['warn', expect.stringMatching(/^the watch of \/node-0 .* \(1000 watches in all\)$/)],
    ]);
    expect(client.logger.last?.details).toMatchObject({ paths: { length: 10 } });
  });

  it('is not reported when a function, a loop, a stop or the end of the client came first', async () => {
    const client = new FakeClient();
    client.tree.create('/node');
    const [first, second, third] = [0, 1, 2].map(() => new DataWatch(client, '/node'));
    first?.register(doNothing);
    void second?.[Symbol.asyncIterator]().next();
    third?.stop();
    const [left] = [new DataWatch(client, '/node')];
    await pass(1_000);
    client.become('closed');
    await pass(60_000);
    expect([lines(client), left?.stopped]).toEqual([[], false]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('watches of a client that nobody connects', () => {
  it('are reported once, after some seconds, and once more when a later connect() has failed', async () => {
    const client = new FakeClient('latent');
    for (const path of ['/a', '/b']) new DataWatch(client, path, doNothing);
    await pass(4_999);
    expect(lines(client)).toEqual([]);
    await pass(60_000);
    const line = ['warn', 'connect() was not called, or has failed, and there are 2 paths to watch: call connect()'];
    expect(lines(client)).toEqual([line]);
    client.become('connecting');
    await pass(60_000);
    expect(lines(client)).toEqual([line]);
    client.become('latent');
    await pass(60_000);
    expect(lines(client)).toEqual([line, line]);
  });

  it('are not reported while it connects', async () => {
    const client = new FakeClient('latent');
    new DataWatch(client, '/a', doNothing);
    await pass(2_000);
    client.become('connecting');
    await pass(60_000);
    expect(lines(client)).toEqual([]);
  });
});

describe('a function that does not settle', () => {
  const never = (): Promise<void> => new Promise(() => {});
  const unsettled = (path: string, seconds: number, more = ''): [string, string] => [
    'warn',
    `the function or the loop's body of the watch of ${path} has not settled for ${seconds} s, and its watch waits for ` +
      `it: limit the time of what it awaits${more}`,
  ];

  it('is reported after 30 s, with the time of its beginning, and again every 30 s', async () => {
    vi.setSystemTime(new Date('2026-01-01T00:00:00Z'));
    const client = new FakeClient();
    const watch = new DataWatch(client, '/node', never);
    await pass(29_999);
    expect(lines(client)).toEqual([]);
    await pass(40_000);
    expect(lines(client)).toEqual([unsettled('/node', 30), unsettled('/node', 60)]);
    expect(client.logger.last?.details).toEqual({
      path: '/node',
      since: '2026-01-01T00:00:00.000Z',
      lastingMs: 60_000,
    });
    watch.stop();
    await pass(60_000);
    expect([lines(client).length, vi.getTimerCount()]).toEqual([2, 0]);
  });

  it('shares its line and its timer with all others of the client', async () => {
    const client = new FakeClient();
    const watches = Array.from({ length: 1_000 }, (_, index) => new DataWatch(client, `/${index}`, never));
    await pass(10);
    // Of the calls, and of the rechecks.
    expect(vi.getTimerCount()).toBe(2);
    await pass(30_000);
    expect(lines(client)).toHaveLength(1);
    await pass(30_000);
    expect(lines(client).slice(1)).toEqual([unsettled('/0', 60, ' (1000 calls in all)')]);
    client.become('closed');
    await pass(0);
    expect([watches.every(({ stopped }) => stopped), vi.getTimerCount()]).toEqual([true, 0]);
  });

  it('is also the body of a loop', async () => {
    const client = new FakeClient();
    const iterator = new DataWatch(client, '/node')[Symbol.asyncIterator]();
    await iterator.next();
    await pass(30_000);
    expect(lines(client)).toEqual([unsettled('/node', 30)]);
    void iterator.next();
    await pass(100_000);
    expect(lines(client)).toHaveLength(1);
  });

  it('is not one that settles in time, however often it is called', async () => {
    const client = new FakeClient();
    client.tree.create('/node');
    new DataWatch(client, '/node', () => new Promise((resolve) => setTimeout(resolve, 25_000)));
    for (let times = 0; times < 10; times += 1) {
      client.tree.set('/node', String(times));
      await pass(26_000);
    }
    expect(lines(client)).toEqual([]);
  });
});

describe('a stop that nobody asked for', () => {
  const NO_NODE =
    'the watch of /missing has stopped (no-node): there is no such znode. With waitForNode: true it waits for one';

  it('is a warning with path, reason and cure: no-node', async () => {
    const client = new FakeClient();
    new ChildrenWatch(client, '/missing', doNothing);
    await pass(0);
    expect(lines(client)).toEqual([['warn', NO_NODE]]);
    expect(client.logger.last?.details).toEqual({ path: '/missing', reason: 'no-node' });
  });

  it('is a warning when the session is lost', async () => {
    const client = new FakeClient();
    client.tree.create('/node');
    new ChildrenWatch(client, '/node', doNothing, { allowSessionLost: false });
    await pass(0);
    client.become('suspended');
    client.become('lost');
    await pass(0);
    const message =
      'the watch of /node has stopped (session-lost): the session was lost. With allowSessionLost: true it continues in ' +
      'the next session';
    expect(lines(client)).toEqual([['warn', message]]);
  });

  it('is an error when a read can never succeed, and a warning when an error listener had the error', async () => {
    const client = new FakeClient();
    client.readError = () => new ZooKeeperError('UNIMPLEMENTED', 'not here');
    const [silent, heard] = [new DataWatch(client, '/a', doNothing), new DataWatch(client, '/b', doNothing)];
    const errors: unknown[] = [];
    heard.on('error', (error) => errors.push(error));
    await pass(0);
    const cure = 'no retry can resolve not here. Correct the cause, and make the watch again';
    expect(lines(client)).toEqual(
      ['/a', '/b'].map((path) => ['error', `the watch of ${path} has stopped (error): ${cure}`]),
    );
    expect([silent.stopped, heard.stopped, errors.length]).toEqual([true, true, 1]);
  });

  it('is none that the user asked for, or gets otherwise, and a `false` is a line at info level', async () => {
    const client = new FakeClient();
    client.tree.create('/node');
    const abort = new AbortController();
    new DataWatch(client, '/node', doNothing).stop();
    new DataWatch(client, '/node', doNothing, { signal: abort.signal });
    new DataWatch(client, '/node', () => false);
    new DataWatch(client, '/node', doNothing);
    new ChildrenWatch(client, '/missing', doNothing).on('stop', doNothing);
    const turn = outcome(new ChildrenWatch(client, '/missing')[Symbol.asyncIterator]().next());
    abort.abort();
    await pass(0);
    client.become('closed');
    await pass(60_000);
    expect(turn.value).toMatchObject({ code: 'NO_NODE' });
    expect(lines(client)).toEqual([['info', expect.stringMatching(/ false. Return nothing to go on$/)]]);
  });

  it('is five lines and one more when thousands stop at once', async () => {
    const client = new FakeClient();
    const paths = Array.from({ length: 1_200 }, (_, index) => `/missing-${index}`);
    await Promise.allSettled(paths.map((path) => new ChildrenWatch(client, path, doNothing).ready));
    expect(lines(client)).toHaveLength(5);
    await pass(30_000);
    expect(lines(client)).toHaveLength(6);
    expect(client.logger.last).toMatchObject({
      level: 'warn',
      message: expect.stringMatching(/ \(1200 times in 30 s\)$/),
      details: { times: 1_200, reason: 'no-node', paths: { length: 10 } },
    });
    await pass(60_000);
    expect([lines(client).length, client.listenerCount, vi.getTimerCount()]).toEqual([6, 0, 0]);
  });
});
