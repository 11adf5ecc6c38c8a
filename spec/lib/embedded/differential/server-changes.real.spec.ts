import { expect, it } from 'vitest';
import type { Stat } from '../../../../index.js';
import { EmbeddedZooKeeper } from '../../../../lib/embedded/index.js';
import { CreateFlags } from '../../../../lib/protocol/create-flags.js';
import { eventually } from '../../../../testing/eventually.js';
import { type RawFrame, type RawReply, RawSession } from '../../../../testing/raw-session.js';
import { RecordingLogger } from '../../../../testing/recording-logger.js';
import { ZooKeeperServer } from '../../../../testing/zookeeper-server.js';
import { EVERYBODY, znode } from './steps.js';

// The deletions that a server decides on by itself, and its memory after a restart.

const TICK = 100;
const OPTIONS = { tickTime: TICK, containerCheckInterval: 200 };
const TIMEOUT = 10_000;

/** One of the two servers, which can be restarted. */
interface Restartable {
  readonly port: number;
  restart(): Promise<void>;
}

function fact(reply: RawReply | null): unknown {
  const { children, stat, ...body } = (reply?.body ?? {}) as { children?: string[]; stat?: Stat };
  const { ctime: _, mtime: __, ephemeralOwner = 0n, ...numbers } = stat ?? {};
  const { zxid, error } = reply ?? {};
  return { zxid, error, ...body, children: children?.sort(), ...numbers, isEphemeral: ephemeralOwner !== 0n };
}

function events(frames: readonly RawFrame[]): string[] {
  return frames.flatMap((frame) => (frame.kind === 'event' ? [`${frame.type} ${frame.path}`] : []));
}

async function play({ port, restart }: Restartable): Promise<unknown[]> {
  const facts: unknown[] = [];
  const list = (session: RawSession) => session.request('getChildren2', { path: '/', watch: false });
  await using owner = await RawSession.open(port, { timeout: TIMEOUT });
  await using watcher = await RawSession.open(port, { timeout: TIMEOUT });
  await watcher.request('addWatch', { path: '/', mode: 1 });
  await watcher.request('getChildren', { path: '/', watch: true });
  await watcher.request('exists', { path: '/member', watch: true });

  const silent = await RawSession.open(port, { timeout: 2 * TICK });
  await silent.request('create', znode('/member', CreateFlags.ephemeral));
  await silent.untilHungUp();
  await owner.request('createContainer', znode('/container', CreateFlags.container));
  await owner.request('create', znode('/container/child'));
  await owner.request('delete', { path: '/container/child', version: -1 });
  await eventually(async () => (await owner.request('exists', { path: '/container', watch: false }))?.error !== 0);
  await owner.request('createTtl', { ...znode('/ttl', CreateFlags.ttl), ttl: 1n });
  await eventually(async () => (await owner.request('exists', { path: '/ttl', watch: false }))?.error !== 0);
  await watcher.ping();
  facts.push(events(watcher.frames.items), fact(await list(owner)));

  await owner.request('create', znode('/own', CreateFlags.ephemeral));
  await owner.request('create', { path: '/null', data: null, acl: [...EVERYBODY], flags: CreateFlags.sequential });
  await owner.request('setData', { path: '/missing', data: null, version: -1 });
  const { sessionId = 0n, password } = owner.handshake ?? {};
  const credentials = { sessionId, password: password ?? Buffer.alloc(0), timeout: TIMEOUT };
  await restart();

  await using back = await RawSession.open(port, credentials);
  facts.push(back.handshake?.sessionTimeout, fact(await list(back)));
  facts.push(fact(await back.request('getEphemerals', { path: '' })));
  facts.push(fact(await back.request('getData', { path: '/null0000000004', watch: false })));
  const all = ['/', '/own', '/member', '/null0000000004'];
  const lists = { data: all, exist: all, child: all, persistent: [], persistentRecursive: ['/own'] };
  for (const relativeZxid of [0n, 1_000n])
    facts.push(fact(await back.request('setWatches2', { relativeZxid, ...lists })));
  await back.request('setData', { path: '/own', data: null, version: -1 });
  facts.push(fact(await back.request('create', znode('/next-', CreateFlags.sequential))), events(back.frames.items));
  await using gone = await RawSession.open(port, { ...credentials, sessionId: silent.handshake?.sessionId ?? 0n });
  facts.push(gone.established);
  facts.push(fact(await back.request('closeSession', undefined)));
  await using last = await RawSession.open(port);
  facts.push(fact(await list(last)));
  return facts;
}

it('the embedded server, like a real one, ends sessions, deletes znodes and remembers them over a restart', async () => {
  await using real = await ZooKeeperServer.start({ ...OPTIONS, timeToLive: true });
  await using embedded = await EmbeddedZooKeeper.start({ ...OPTIONS, logger: new RecordingLogger() });
  const [expected, actual] = await Promise.all(
    [real, embedded].map((server) => play({ port: server.port, restart: () => server.restart() })),
  );
  expect(actual).toEqual(expected);
});
