import { describe, expect } from 'vitest';
import { TreeWatch, type ZooKeeperClient, type ZooKeeperClientOptions } from '../../../index.js';
import { type Behaviour, CLICKHOUSE_KEEPER, ZOOKEEPER_3_5 } from '../../../lib/embedded/behaviour.js';
import type { EmbeddedZooKeeper } from '../../../lib/embedded/index.js';
import { BEHAVIOUR, type InternalOptions } from '../../../lib/embedded/options.js';
import { eventually } from '../../../testing/eventually.js';
import { Recorder } from '../../../testing/recorder.js';
import { RecordingLogger } from '../../../testing/recording-logger.js';
import { heldWatches } from '../../../testing/server-watches.js';
import { it } from '../../support/embedded-fixtures.js';
import { recordSubscription } from '../../support/recorded-subscriptions.js';
import { recordTree } from '../../support/recorded-trees.js';

type Connect = (options: ZooKeeperClientOptions & { connectString: string }) => Promise<ZooKeeperClient>;

interface Stage {
  readonly server: EmbeddedZooKeeper;
  readonly client: ZooKeeperClient;
  /** Of the client. */
  readonly logger: RecordingLogger;
  readonly other: ZooKeeperClient;
}

async function stageOf(
  start: (options: InternalOptions) => Promise<EmbeddedZooKeeper>,
  connect: Connect,
  behaviour: Behaviour,
): Promise<Stage> {
  const server = await start({ [BEHAVIOUR]: behaviour });
  const { connectString } = server;
  const logger = new RecordingLogger();
  const client = await connect({ connectString, logger });
  return { server, client, logger, other: await connect({ connectString }) };
}

/** Causes a trouble, and waits until the client has noticed it and is connected again. */
async function survive(client: ZooKeeperClient, trouble: () => Promise<void> | void): Promise<void> {
  const states = new Recorder<string>();
  client.on('state', states.record);
  await trouble();
  await states.until((all) => all.includes('suspended') && all.at(-1) === 'connected');
}

/** Changes of each type, three levels deep; with those of a znode that came and went. */
async function changeAll(other: ZooKeeperClient): Promise<void> {
  await other.setData('/a/set', 'new');
  await other.deleteRecursive('/a/again');
  await other.create('/a/again');
  await other.create('/a/new');
  await other.create('/a/new/child');
  await other.setData('/a/new/child', 'new');
  await other.create('/a/short');
  await other.delete('/a/short');
}

const PATHS = ['/a', '/a/again', '/a/again/old', '/a/same', '/a/set'];
const AFTER = ['/a', '/a/again', '/a/new', '/a/new/child', '/a/same', '/a/set'];

describe('T12: at a server of ZooKeeper 3.5, a TreeWatch', () => {
  it('follows by one-shot watches, two a znode, with the same contract', async ({ start, connect }) => {
    const { server, client, other } = await stageOf(start, connect, ZOOKEEPER_3_5);
    for (const path of PATHS) await other.create(path);
    const { watch, calls, audit } = recordTree(client, '/a');
    const subscribed = recordSubscription(client, '/a');
    expect(watch.mode).toBe(null);
    await Promise.all([watch.ready, subscribed.subscription.ready]);
    expect([watch.mode, watch.status, subscribed.subscription.transport]).toEqual(['one-shot', 'fresh', 'watch']);
    const held = await heldWatches([server.port]);
    expect([held.data.map((each) => each.split(' ')[0]), held.children]).toEqual([PATHS, PATHS.length]);
    await changeAll(other);
    await calls.until(
      () => [...audit.copy.keys()].sort().join() === AFTER.join() && audit.copy.get('/a/new/child')?.data === 'new',
    );
    await subscribed.calls.until((all) => all.includes('created /a/new/child') && all.includes('deleted /a/again/old'));
    expect(calls.items.flat()).not.toContain('modified /a/same');
    expect(audit.violations).toEqual([]);
    watch.stop();
    await subscribed.subscription.close();
    await eventually(async () => {
      const { data, children } = await heldWatches([server.port]);
      return data.length === 0 && children === 0;
    });
  });

  it('goes on over cuts, an expiry and a restart, for one refusal of the server', async ({ start, connect }) => {
    const { server, client, logger, other } = await stageOf(start, connect, ZOOKEEPER_3_5);
    for (const path of PATHS) await other.create(path);
    const states: string[] = [];
    const { watch, calls, audit } = recordTree(client, '/a');
    await watch.ready;
    client.on('state', (state) => states.push(state));
    const restart = async (): Promise<void> => {
      await server.stop();
      await server.restart();
    };
    const troubles = [
      () => survive(other, () => server.dropConnections()),
      () => survive(client, () => server.expireSession(client.sessionId as bigint)),
      () => survive(other, restart),
      () => survive(other, () => server.dropConnections()),
    ];
    for (const [nth, trouble] of troubles.entries()) {
      await trouble();
      await other.create(`/a/${nth}`);
      await calls.until(() => audit.copy.has(`/a/${nth}`));
      await eventually(() => watch.status === 'fresh');
    }
    expect(states.filter((state) => state === 'connected')).toHaveLength(4);
    expect(watch.mode).toBe('one-shot');
    expect(audit.violations).toEqual([]);
    expect(logger.messages('error')).toEqual([]);
    watch.stop();
  });
});

describe('T12: at a server that reports the root in place of the znode that has changed, a TreeWatch', () => {
  it('misses no change, uses one-shot watches from then on, and warns once', async ({ start, connect }) => {
    const { client, logger, other } = await stageOf(start, connect, CLICKHOUSE_KEEPER);
    for (const path of PATHS) await other.create(path);
    const { watch, calls, audit } = recordTree(client, '/a');
    const beside = new TreeWatch(client, '/a', () => {}, { depth: 1 });
    await Promise.all([watch.ready, beside.ready]);
    await changeAll(other);
    await calls.until(
      () => [...audit.copy.keys()].sort().join() === AFTER.join() && audit.copy.get('/a/new/child')?.data === 'new',
    );
    for (let nth = 0; nth < 5; nth += 1) await other.setData('/a/new/child', String(nth));
    await calls.until(() => audit.copy.get('/a/new/child')?.data === '4');
    expect(watch.mode).toBe('one-shot');
    expect(audit.violations).toEqual([]);
    expect(logger.messages('warn').filter((message) => message.includes('in place of their paths'))).toHaveLength(1);
    watch.stop();
    beside.stop();
  });

  it('goes on over a cut', async ({ start, connect }) => {
    const { server, client, other } = await stageOf(start, connect, CLICKHOUSE_KEEPER);
    for (const path of PATHS) await other.create(path);
    const { watch, calls, audit } = recordTree(client, '/a');
    await watch.ready;
    await survive(other, () => server.dropConnections());
    await changeAll(other);
    await calls.until(
      () => [...audit.copy.keys()].sort().join() === AFTER.join() && audit.copy.get('/a/new/child')?.data === 'new',
    );
    expect(audit.violations).toEqual([]);
    watch.stop();
  });
});
