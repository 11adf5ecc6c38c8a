import { setImmediate as realTurn } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { fromNodeZooKeeperClient } from '../../../lib/node-zookeeper-client/index.js';
import { ADAPTER } from '../../../lib/node-zookeeper-client/limits.js';
import { Stage } from '../../../lib/node-zookeeper-client/wrapped-client.js';
import { outcome, pass, turn } from '../../../testing/passing-time.js';
import { RecordingLogger } from '../../../testing/recording-logger.js';
import { FakePackageClient } from './fake-package.js';

const CHANGED = { type: 3, name: 'NODE_DATA_CHANGED', path: '/node' };

/** An adapter on an object that is connected, with these watchers of its znode. */
async function watching(...watchers: (() => void)[]) {
  const client = new FakePackageClient();
  const adapter = fromNodeZooKeeperClient(client, { logger: new RecordingLogger() });
  client.become(Stage.connecting);
  client.become(Stage.connected);
  const reads = watchers.map((watcher) => adapter.getData('/node', watcher));
  for (const _ of reads) client.answer();
  await Promise.all(reads);
  return { client, adapter };
}

/** The oldest request is answered, and then a change comes to the newest watcher. */
async function readAndChanged(client: FakePackageClient, read: Promise<unknown>): Promise<void> {
  client.answer();
  await read;
  client.watchers.at(-1)?.(CHANGED);
  await turn();
}

describe('a watcher of the adapter whose event has come', () => {
  it('is not called any more when it is removed before its turn', async () => {
    const calls: string[] = [];
    const second = (): void => void calls.push('second');
    const first = (): void => {
      calls.push('first');
      adapter.removeWatcher('/node', second);
    };
    const { client, adapter } = await watching(first, second);
    client.watchers[0]?.(CHANGED);
    await turn();
    expect(calls).toEqual(['first']);
    await adapter.close();
  });

  it('is not called any more when the adapter is closed before its turn', async () => {
    const calls: string[] = [];
    const { client, adapter } = await watching(() => calls.push('called'));
    client.watchers[0]?.(CHANGED);
    await adapter.close();
    await turn();
    expect(calls).toEqual([]);
  });
});

describe('a watcher of the adapter', () => {
  it('is called by no event over a later connection: nobody has armed it there', async () => {
    const calls: string[] = [];
    const { client, adapter } = await watching(() => calls.push('first'));
    client.become(Stage.disconnected);
    client.become(Stage.connected);
    await turn();
    const read = adapter.getData('/node', () => calls.push('second'));
    await readAndChanged(client, read);
    expect(calls).toEqual(['second']);
    await adapter.close();
  });

  it('is called by no event over a later connection, for which a read of its path has waited meanwhile', async () => {
    const calls: string[] = [];
    const { client, adapter } = await watching(() => calls.push('first'));
    const lost = Array.from({ length: ADAPTER.requestsInFlight }, () => adapter.getData('/other'));
    const read = adapter.getData('/node', () => calls.push('second'));
    client.become(Stage.disconnected);
    await Promise.allSettled(lost);
    client.callbacks.length = 0;
    client.become(Stage.connected);
    await turn();
    await readAndChanged(client, read);
    expect(calls).toEqual(['second']);
    await adapter.close();
  });

  it('is removed for good, also after a late answer to a read that was lost with the connection before', async () => {
    const calls: string[] = [];
    const watcher = (): void => void calls.push('called');
    const { client, adapter } = await watching();
    const lost = adapter.getData('/node', watcher);
    client.become(Stage.disconnected);
    client.become(Stage.connected);
    await Promise.allSettled([lost]);
    const read = adapter.getData('/node', watcher);
    client.answer();
    client.answer();
    await read;
    adapter.removeWatcher('/node', watcher);
    client.watchers.at(-1)?.(CHANGED);
    await turn();
    expect(calls).toEqual([]);
    await adapter.close();
  });
});

describe('the adapter of a function', () => {
  it('is closed when its object is, however often close() is called', async () => {
    const client = new FakePackageClient();
    const adapter = fromNodeZooKeeperClient(() => client, { logger: new RecordingLogger() });
    client.become(Stage.connected);
    client.close = () => client.become(Stage.closing);
    const closings = [outcome(adapter.close().then(() => 'closed')), outcome(adapter.close().then(() => 'closed'))];
    await turn();
    expect(closings.map(({ value }) => value)).toEqual(['pending', 'pending']);
    client.become(Stage.closed);
    await turn();
    expect(closings.map(({ value }) => value)).toEqual(['closed', 'closed']);
  });

  it('cuts the connections of an expired session, and of an object that is closed amid its attempt, under fake timers', async () => {
    vi.useFakeTimers({ toFake: ['setImmediate'] });
    onTestFinished(() => void vi.useRealTimers());
    const [first, second] = [new FakePackageClient(), new FakePackageClient()];
    const objects = [first, second];
    const adapter = fromNodeZooKeeperClient(() => objects.shift() as FakePackageClient, {
      logger: new RecordingLogger(),
    });
    first.become(Stage.connected);
    first.become(Stage.expired);
    await realTurn();
    void adapter.close();
    second.newSocket();
    await realTurn();
    expect([first, second].map(({ sockets }) => sockets.map(({ destroyed }) => destroyed))).toEqual([
      [true],
      [true, true],
    ]);
  });

  it('leaves no timer behind when it is closed: connected, and while the function gives no new object', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    for (const stage of [Stage.connected, Stage.expired]) {
      const first = new FakePackageClient();
      const objects = [first];
      const adapter = fromNodeZooKeeperClient(() => objects.shift() as FakePackageClient, {
        logger: new RecordingLogger(),
      });
      first.become(Stage.connected);
      first.become(stage);
      await pass(1);
      expect(vi.getTimerCount()).toBeGreaterThan(0);
      await adapter.close();
      expect(vi.getTimerCount()).toBe(0);
    }
  });

  it('connects no object that the function returns after it has closed the adapter', async () => {
    const [first, second] = [new FakePackageClient(), new FakePackageClient()];
    let calls = 0;
    const source = (): FakePackageClient => {
      calls += 1;
      if (calls === 1) return first;
      void adapter.close();
      return second;
    };
    const adapter = fromNodeZooKeeperClient(source, { logger: new RecordingLogger() });
    first.become(Stage.connected);
    first.become(Stage.expired);
    await turn();
    expect([calls, adapter.state, second.calls.items]).toEqual([2, 'closed', []]);
    expect(second.connectionManager.listenerCount('state')).toBe(0);
  });
});
