import { channel } from 'node:diagnostics_channel';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DataWatch, type WatchDeliverMessage, type WatchReadMessage, ZooKeeperClient } from '../../../index.js';
import { EmbeddedZooKeeper } from '../../../lib/embedded/index.js';
import { Recorder } from '../../../testing/recorder.js';
import { RecordingLogger } from '../../../testing/recording-logger.js';
import { runModule } from '../../../testing/run-module.js';

async function connected(): Promise<ZooKeeperClient> {
  const server = await EmbeddedZooKeeper.start();
  const client = new ZooKeeperClient(server.connectString, { logger: new RecordingLogger() });
  onTestFinished(async () => {
    await client.close();
    await server.close();
  });
  return client.connect();
}

function listen(name: string, listener: (message: object) => void): void {
  const subscriber = (message: unknown): void => listener(message as object);
  channel(name).subscribe(subscriber);
  onTestFinished(() => void channel(name).unsubscribe(subscriber));
}

function trace<C extends object>(name: string): Recorder<readonly [string, C]> {
  const messages = new Recorder<readonly [string, C]>();
  for (const phase of ['start', 'end', 'asyncStart', 'asyncEnd', 'error']) {
    listen(`tracing:${name}:${phase}`, (message) => messages.record([phase, message as C]));
  }
  return messages;
}

const phases = (messages: readonly (readonly [string, unknown])[]): string[] => messages.map(([phase]) => phase);

describe('diagnostics channels', () => {
  it('publish the states of a client, with its session', async () => {
    const messages = new Recorder<object>();
    listen('zk-recipes:client:state', messages.record);
    const client = await connected();
    const { sessionId } = client;
    expect(await messages.untilCount(2)).toEqual([
      { client, state: 'connecting', server: null, sessionId: null, cause: null },
      { client, state: 'connected', server: client.server, sessionId, cause: null },
    ]);
    await client.close();
    expect(await messages.untilCount(3)).toMatchObject([{}, {}, { client, state: 'closed' }]);
  });

  it('trace each read of a path once for all of its watches', async () => {
    const client = await connected();
    const reads = trace<WatchReadMessage>('zk-recipes:watch:read');
    const watches = [0, 1, 2].map(() => new DataWatch(client, '/node', () => {}));
    await Promise.all(watches.map(({ ready }) => ready));
    expect(phases(reads.items).filter((phase) => phase === 'start')).toHaveLength(1);
    expect(phases(reads.items)).toEqual(['start', 'end', 'asyncStart', 'asyncEnd']);
    expect(reads.items[0]?.[1]).toMatchObject({ client, path: '/node', aspect: 'data' });
  });

  it('publish the error of a read that is not allowed', async () => {
    const client = await connected();
    await client.create('/secret', '', { acl: [{ perms: 30, scheme: 'world', id: 'anyone' }] });
    const reads = trace<WatchReadMessage>('zk-recipes:watch:read');
    await expect(new DataWatch(client, '/secret', () => {}).ready).rejects.toMatchObject({ code: 'NO_AUTH' });
    const messages = await reads.untilCount(5);
    expect(phases(messages).slice(0, 5)).toEqual(['start', 'end', 'error', 'asyncStart', 'asyncEnd']);
    expect(messages[2]?.[1].error).toMatchObject({ code: 'NO_AUTH' });
  });

  it('trace a call of a function that returns no promise', async () => {
    const client = await connected();
    const calls = trace<WatchDeliverMessage>('zk-recipes:watch:deliver');
    await new DataWatch(client, '/node', () => {}).ready;
    expect(phases(calls.items)).toEqual(['start', 'end', 'asyncStart', 'asyncEnd']);
    expect(calls.items[0]?.[1]).toMatchObject({ client, path: '/node', aspect: 'data', event: null, stat: null });
  });

  it('trace a call until its promise has settled', async () => {
    const client = await connected();
    const calls = trace<WatchDeliverMessage>('zk-recipes:watch:deliver');
    let settle = (): void => {};
    const watch = new DataWatch(
      client,
      '/node',
      () =>
        new Promise<void>((resolve) => {
          settle = resolve;
        }),
    );
    await calls.untilCount(2);
    await client.sync('/');
    expect(phases(calls.items)).toEqual(['start', 'end']);
    settle();
    await watch.ready;
    expect(phases(calls.items)).toEqual(['start', 'end', 'asyncStart', 'asyncEnd']);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('mine');
      },
      ['start', 'error', 'end', 'asyncStart', 'asyncEnd'],
    ],
    ['rejects', () => Promise.reject(new Error('mine')), ['start', 'end', 'error', 'asyncStart', 'asyncEnd']],
  ] as const)('publish the error of a function that %s, as the watch does', async (_, func, expected) => {
    const client = await connected();
    const calls = trace<WatchDeliverMessage>('zk-recipes:watch:deliver');
    const errors = new Recorder<unknown>();
    const watch = new DataWatch(client, '/node', func);
    watch.on('error', errors.record);
    await expect(watch.ready).rejects.toThrow('mine');
    await calls.untilCount(expected.length);
    expect(phases(calls.items)).toEqual(expected);
    expect(calls.items.at(-1)?.[1].error).toBe(errors.items[0]);
  });

  it('publish the stop of a watch whose function returns false while its calls are traced', async () => {
    const client = await connected();
    const stops = new Recorder<object>();
    listen('zk-recipes:watch:stop', stops.record);
    trace('zk-recipes:watch:deliver');
    const watch = new DataWatch(client, '/node', () => false);
    await watch.ready;
    expect(watch.stopped).toBe(true);
    expect(await stops.untilCount(1)).toEqual([{ client, path: '/node', aspect: 'data', reason: 'returned-false' }]);
  });

  it('publish that a watch is resynced', async () => {
    const server = await EmbeddedZooKeeper.start();
    const client = await new ZooKeeperClient(server.connectString, { logger: new RecordingLogger() }).connect();
    onTestFinished(async () => {
      await client.close();
      await server.close();
    });
    const messages = new Recorder<object>();
    listen('zk-recipes:watch:resynced', messages.record);
    await new DataWatch(client, '/node', () => {}).ready;
    server.dropConnections();
    expect(await messages.untilCount(1)).toEqual([{ client, path: '/node', aspect: 'data' }]);
  });
});

describe('NODE_DEBUG=zk-recipes', () => {
  const program = `
    import { DataWatch, ZooKeeperClient } from './index.js';
    import { EmbeddedZooKeeper } from './lib/embedded/index.js';
    const server = await EmbeddedZooKeeper.start();
    const client = await new ZooKeeperClient(server.connectString).connect();
    await new DataWatch(client, '/node', () => false).ready;
    await client.close();
    await server.close();
  `;

  it('prints states, reads, calls and stops to standard error', async () => {
    const { code, errors } = await runModule(program, { env: { NODE_DEBUG: 'zk-recipes' } });
    expect(code).toBe(0);
    const lines = errors.split('\n').map((line) => line.replace(/^ZK-RECIPES \d+: /, ''));
    for (const line of [
      'client:state connecting',
      expect.stringMatching(/^client:state connected session 0x[0-9a-f]+$/),
      'watch:read:start data /node',
      'watch:deliver:start data /node',
      'watch:stop data /node returned-false',
      expect.stringMatching(/^client:state closed/),
    ]) {
      expect(lines).toContainEqual(line);
    }
  });

  it('is required for that output', async () => {
    const { code, errors } = await runModule(program);
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
  });
});
