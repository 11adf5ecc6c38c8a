import { describe, expect } from 'vitest';
import type { Acl, Stat } from '../../../index.js';
import type { EmbeddedZooKeeper } from '../../../lib/embedded/index.js';
import { type InternalOptions, JOURNAL } from '../../../lib/embedded/options.js';
import { eventually } from '../../../testing/eventually.js';
import { fourLetterWord } from '../../../testing/four-letter-word.js';
import { turn } from '../../../testing/passing-time.js';
import { RawSession } from '../../../testing/raw-session.js';
import { type EmbeddedFixtures, it } from '../../support/embedded-fixtures.js';
import { Gate, hookedFiles, newFolder } from './journal/journal-fixture.js';

const OPEN: Acl[] = [{ perms: 31, scheme: 'world', id: 'anyone' }];

/** A disk that completes no sync while it is blocked. */
class SlowDisk implements Disposable {
  #gate: Gate | null = null;
  readonly #files = hookedFiles((operation) => (operation === 'datasync' ? this.#gate?.pass() : undefined));

  async start(start: EmbeddedFixtures['start']): Promise<EmbeddedZooKeeper> {
    const options: InternalOptions = { dataDir: await newFolder(), [JOURNAL]: { files: this.#files } };
    return start(options);
  }

  block(): void {
    this.#gate = new Gate();
  }

  /** Resolves when a sync has started. */
  async isSyncing(): Promise<void> {
    await this.#gate?.reached;
  }

  unblock(): void {
    this.#gate?.open();
    this.#gate = null;
  }

  [Symbol.dispose](): void {
    this.unblock();
  }
}

/** The number of requests that a server has processed. It answers four-letter words without the disk. */
async function processed(port: number): Promise<number> {
  return Number(/Received: (\d+)/.exec(await fourLetterWord(port, 'srvr'))?.[1]);
}

/** Sends requests. Resolves when the server has processed them and had the time to answer. */
async function sendAll(port: number, ...sends: (() => unknown)[]): Promise<void> {
  const due = (await processed(port)) + sends.length;
  for (const send of sends) send();
  await eventually(async () => (await processed(port)) >= due, { describe: `${due} requests` });
  for (let turns = 0; turns < 5; turns += 1) await turn();
}

const typesOf = ({ frames }: RawSession): string[] => frames.items.map(({ kind }) => kind);

describe('before a transaction is on disk', () => {
  it('no reply, read or event that shows it leaves the server', async ({ start }) => {
    using disk = new SlowDisk();
    const { port } = await disk.start(start);
    await using writer = await RawSession.open(port);
    await using reader = await RawSession.open(port);
    await using watcher = await RawSession.open(port);
    await writer.request('create', { path: '/a', data: Buffer.from('old'), acl: OPEN, flags: 0 });
    await watcher.request('getData', { path: '/a', watch: true });
    for (const { frames } of [writer, reader, watcher]) frames.clear();
    disk.block();
    await sendAll(
      port,
      () => writer.send('setData', { path: '/a', data: Buffer.from('new'), version: -1 }),
      () => reader.send('getData', { path: '/a', watch: false }),
    );
    await disk.isSyncing();
    expect([writer, reader, watcher].map(typesOf)).toEqual([[], [], []]);
    disk.unblock();
    await Promise.all([writer, reader, watcher].map(({ frames }) => frames.untilCount(1)));
    expect([writer, reader, watcher].map(typesOf)).toEqual([['reply'], ['reply'], ['event']]);
    expect(reader.frames.last).toMatchObject({ body: { data: Buffer.from('new') } });
  });

  it('its event keeps its place in the order of replies', async ({ start }) => {
    using disk = new SlowDisk();
    const { port } = await disk.start(start);
    await using writer = await RawSession.open(port);
    await writer.request('create', { path: '/a', data: null, acl: OPEN, flags: 0 });
    await writer.request('exists', { path: '/a', watch: true });
    writer.frames.clear();
    disk.block();
    await sendAll(
      port,
      () => writer.send('ping', undefined),
      () => writer.send('setData', { path: '/a', data: null, version: -1 }),
      () => writer.send('exists', { path: '/a', watch: false }),
    );
    expect(typesOf(writer)).not.toContain('event');
    disk.unblock();
    await writer.frames.untilCount(4);
    expect(typesOf(writer)).toEqual(['reply', 'event', 'reply', 'reply']);
  });

  it('the server neither grants a session nor reports one as expired', async ({ start }) => {
    using disk = new SlowDisk();
    const server = await disk.start(start);
    const { port } = server;
    await using watcher = await RawSession.open(port);
    await using member = await RawSession.open(port);
    await member.request('create', { path: '/member', data: null, acl: OPEN, flags: 1 });
    await watcher.request('exists', { path: '/member', watch: true });
    watcher.frames.clear();
    disk.block();
    let isAnswered = false;
    const opening = RawSession.open(port).finally(() => {
      isAnswered = true;
    });
    const { sessionId = 0n, password } = member.handshake ?? {};
    await disk.isSyncing();
    server.expireSession(sessionId);
    await member.untilHungUp();
    let isRefused = false;
    const returning = RawSession.open(port, { sessionId, password: password ?? Buffer.alloc(16) }).finally(() => {
      isRefused = true;
    });
    await sendAll(port, () => watcher.send('ping', undefined));
    expect([isAnswered, isRefused, typesOf(watcher)]).toEqual([false, false, []]);
    disk.unblock();
    await using granted = await opening;
    await using refused = await returning;
    expect([granted.established, refused.established]).toEqual([true, false]);
    await watcher.frames.untilCount(2);
    expect(typesOf(watcher)).toEqual(['event', 'reply']);
  });

  it('a session that was frozen meanwhile gets its reply after the thaw', async ({ start }) => {
    using disk = new SlowDisk();
    const server = await disk.start(start);
    await using session = await RawSession.open(server.port);
    disk.block();
    await sendAll(server.port, () => session.send('create', { path: '/a', data: null, acl: OPEN, flags: 0 }));
    server.freeze(session.handshake?.sessionId);
    disk.unblock();
    await using other = await RawSession.open(server.port);
    expect((await other.request('exists', { path: '/a', watch: false }))?.error).toBe(0);
    expect(typesOf(session)).toEqual([]);
    server.thaw(session.handshake?.sessionId);
    await session.frames.untilCount(1);
  });
});

describe('while no transaction waits for the disk', () => {
  it('reads are answered without the disk', async ({ start }) => {
    using disk = new SlowDisk();
    const { port } = await disk.start(start);
    await using session = await RawSession.open(port);
    disk.block();
    expect((await session.request('exists', { path: '/', watch: false }))?.error).toBe(0);
    expect((await session.ping())?.error).toBe(0);
    disk.unblock();
  });
});

describe('a connection that sends far more than the disk can write', () => {
  it('gets all answers in order once the disk continues', async ({ start }) => {
    using disk = new SlowDisk();
    const { port } = await disk.start(start);
    await using session = await RawSession.open(port);
    await session.request('create', { path: '/a', data: Buffer.alloc(500_000), acl: OPEN, flags: 0 });
    session.frames.clear();
    disk.block();
    const xids: number[] = [];
    for (let round = 0; round < 20; round += 1) {
      xids.push(session.send('setData', { path: '/a', data: Buffer.alloc(500_000, round), version: round }));
      xids.push(session.send('getData', { path: '/a', watch: false }));
    }
    await disk.isSyncing();
    expect(typesOf(session)).toEqual([]);
    disk.unblock();
    const replies = await session.frames.untilCount(xids.length);
    expect(replies.map((frame) => (frame.kind === 'reply' ? [frame.xid, frame.error] : frame))).toEqual(
      xids.map((xid) => [xid, 0]),
    );
    expect((replies.at(-1) as { body: { stat: Stat } }).body.stat.version).toBe(20);
  });
});
