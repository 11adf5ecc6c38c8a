import { afterEach, describe, expect, it, vi } from 'vitest';
import { ChildrenWatch, DataWatch, dataWatch, ZooKeeperClient } from '../../../index.js';
import { EmbeddedZooKeeper } from '../../../lib/embedded/index.js';
import { Recorder } from '../../../testing/recorder.js';
import { RecordingLogger } from '../../../testing/recording-logger.js';

afterEach(() => void vi.useRealTimers());

/** All that vitest can fake, and what it fakes by default. */
const FAKES: Parameters<typeof vi.useFakeTimers>[0][] = [
  undefined,
  {
    toFake: [
      ...(['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'clearImmediate'] as const),
      ...(['Date', 'performance', 'hrtime', 'queueMicrotask'] as const),
    ],
  },
];

describe.each(FAKES)('under the fake timers %o, which nobody advances,', (options) => {
  it('a client connects, reads, writes, watches and closes', async () => {
    vi.useFakeTimers(options);
    const logger = new RecordingLogger();
    const server = await EmbeddedZooKeeper.start({ logger });
    const client = await new ZooKeeperClient(server.connectString, { logger }).connect();
    const states: string[] = [];
    client.on('state', (state) => states.push(state));
    await client.create('/node', 'one');
    let called = (): void => {};
    const values: string[] = [];
    const watch = new DataWatch(client, '/node', (data) => {
      values.push(String(data));
      called();
    });
    const children = new ChildrenWatch(client, '/', () => {});
    await Promise.all([watch.ready, children.ready]);
    const change = new Promise<void>((resolve) => {
      called = resolve;
    });
    await client.setData('/node', 'two');
    await change;
    expect(values).toEqual(['one', 'two']);

    if (client.sessionId !== null) server.expireSession(client.sessionId);
    // Advances the pause before the next attempt.
    await vi.waitFor(() => expect(states).toEqual(['suspended', 'lost', 'connected']));
    await client.transaction().setData('/node', 'three').commit();
    await client.close();
    await server.close();
    expect(states.at(-1)).toBe('closed');
    expect(watch.stopped).toBe(true);
  });

  it('a decorator starts its watch', async () => {
    vi.useFakeTimers(options);
    const server = await EmbeddedZooKeeper.start();
    const client = await new ZooKeeperClient(server.connectString, { logger: new RecordingLogger() }).connect();
    const calls = new Recorder<string>();
    const called = new Promise<void>((resolve) => {
      class Service {
        @dataWatch(client, '/node')
        onNode(data: Buffer | null): void {
          calls.record(String(data));
          resolve();
        }
      }
      new Service();
    });
    await called;
    expect(calls.items).toEqual(['null']);
    await client.close();
    await server.close();
  });
});

it('a session outlives time that is advanced in steps shorter than its ping interval', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'] });
  const server = await EmbeddedZooKeeper.start({ logger: new RecordingLogger() });
  const client = await new ZooKeeperClient(server.connectString, { sessionTimeout: 9_000 }).connect();
  const states: string[] = [];
  client.on('state', (state) => states.push(state));
  for (let passed = 0; passed < 60_000; passed += 1_000) {
    await vi.advanceTimersByTimeAsync(1_000);
    // A request and its answer: gives the pings of that second the time to be answered.
    await client.exists('/');
  }
  expect(states).toEqual([]);
  await client.close();
  await server.close();
});
