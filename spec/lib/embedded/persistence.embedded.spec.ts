import { readdir } from 'node:fs/promises';
import { describe, expect } from 'vitest';
import type { Acl, Stat } from '../../../index.js';
import type { EmbeddedZooKeeper } from '../../../lib/embedded/index.js';
import { type InternalOptions, JOURNAL } from '../../../lib/embedded/options.js';
import { ServerCode } from '../../../lib/protocol/server-code.js';
import { eventually } from '../../../testing/eventually.js';
import { fourLetterWord } from '../../../testing/four-letter-word.js';
import { RawSession } from '../../../testing/raw-session.js';
import { type EmbeddedFixtures, it } from '../../support/embedded-fixtures.js';
import { recordStates } from '../../support/fixtures.js';
import { readTree } from '../../support/stored-tree.js';
import { newFolder } from './journal/journal-fixture.js';

const OPEN: Acl[] = [{ perms: 31, scheme: 'world', id: 'anyone' }];
const NEVER = Number.MAX_SAFE_INTEGER;
const HOUR = 3_600_000n;
const CREDENTIALS = 'keeper:secret';

/** A server on a folder, which can be ended and started anew on the same port. */
class Kept {
  readonly folder: string;
  readonly #start: EmbeddedFixtures['start'];
  readonly #options: InternalOptions;
  server: EmbeddedZooKeeper;

  private constructor(
    folder: string,
    start: EmbeddedFixtures['start'],
    options: InternalOptions,
    server: EmbeddedZooKeeper,
  ) {
    this.folder = folder;
    this.#start = start;
    this.#options = options;
    this.server = server;
  }

  static async start(start: EmbeddedFixtures['start'], options: InternalOptions = {}): Promise<Kept> {
    const folder = await newFolder();
    return new Kept(folder, start, options, await start({ dataDir: folder, ...options }));
  }

  get port(): number {
    return this.server.port;
  }

  async startAnew(options: InternalOptions = {}): Promise<void> {
    await this.server.close();
    this.server = await this.#start({ ...this.#options, ...options, dataDir: this.folder, port: this.port });
  }
}

/** Numbers that the server counts with, and does not keep. */
async function countsOf(port: number): Promise<string[]> {
  const lines = (await fourLetterWord(port, 'mntr')).split('\n');
  return lines.filter((line) => /znode_count|ephemerals_count|data_size|global_sessions/.test(line));
}

/** Makes a znode of every kind, and changes those that are there from the start. */
async function fill(session: RawSession): Promise<void> {
  const create = (path: string, data: Buffer | null, flags = 0, acl = OPEN) =>
    session.request('create', { path, data, acl, flags });
  await session.auth('digest', CREDENTIALS);
  await create('/null', null);
  await create('/empty', Buffer.alloc(0));
  await create('/binary', Buffer.from([0, 255, 254, 10, 13, 0]));
  await create('/large', Buffer.alloc(600_000, 'x'));
  await create('/ümläut ✓', Buffer.from('ü'));
  await create('/locked', Buffer.from('for one'), 0, [{ perms: 31, scheme: 'auth', id: '' }]);
  await create('/two', null, 0, [{ perms: 1, scheme: 'ip', id: '127.0.0.0/8' }, ...OPEN]);
  await create('/ephemeral', null, 1);
  await create('/queue', null);
  for (const flags of [2, 3, 2, 3]) await create('/queue/n-', null, flags);
  await session.request('delete', { path: '/queue/n-0000000002', version: -1 });
  await session.request('createContainer', { path: '/container', data: null, acl: OPEN, flags: 4 });
  await create('/container/member', null);
  await session.request('createTtl', { path: '/ttl', data: null, acl: OPEN, flags: 5, ttl: HOUR });
  await session.request('createTtl', { path: '/ttl-', data: null, acl: OPEN, flags: 6, ttl: HOUR });
  for (const data of ['a', 'b', ''])
    await session.request('setData', { path: '/null', data: Buffer.from(data), version: -1 });
  await session.request('setData', { path: '/empty', data: null, version: 0 });
  await session.request('setAcl', { path: '/binary', acl: [{ perms: 1, scheme: 'world', id: 'anyone' }], version: 0 });
  await session.request('setData', { path: '/', data: Buffer.from('of the root'), version: -1 });
  await session.request('setAcl', {
    path: '/',
    acl: [...OPEN, { perms: 1, scheme: 'ip', id: '10.0.0.1' }],
    version: -1,
  });
  await session.request('setData', { path: '/zookeeper', data: Buffer.from('of ZooKeeper'), version: -1 });
  await create('/zookeeper/own', Buffer.from('mine'));
  for (const path of ['/zookeeper/quota/queue', '/zookeeper/quota/queue/zookeeper_limits']) await create(path, null);
  await create('/zookeeper/quota/queue/zookeeper_stats', null);
  await create('/queue/counted', Buffer.from('12345'));
  await create('/deleted', null);
  await session.request('delete', { path: '/deleted', version: 0 });
  await session.request('multi', [
    { op: 'create', path: '/multi', data: Buffer.from('1'), acl: OPEN, flags: 0 },
    { op: 'check', path: '/multi', version: 0 },
    { op: 'setData', path: '/multi', data: Buffer.from('2'), version: 0 },
    { op: 'create', path: '/multi/gone', data: null, acl: OPEN, flags: 2 },
    { op: 'delete', path: '/multi/gone0000000000', version: 0 },
  ]);
}

describe('a server on the folder of one that was closed', () => {
  const thresholds: [string, { transactions: number; bytes: number }, boolean][] = [
    ['a log', { transactions: NEVER, bytes: NEVER }, false],
    ['a snapshot for each change, as far as they follow', { transactions: 1, bytes: NEVER }, true],
    ['a snapshot and the log after it', { transactions: 25, bytes: NEVER }, true],
    ['snapshots by size', { transactions: NEVER, bytes: 100_000 }, true],
  ];

  it.for(thresholds)(
    'has every znode with all its numbers, from %s',
    async ([, snapshotEvery, isSnapshot], { start }) => {
      const kept = await Kept.start(start, { [JOURNAL]: { snapshotEvery } });
      await using session = await RawSession.open(kept.port);
      await fill(session);
      const [before, counts] = [await readTree(kept.port, CREDENTIALS), await countsOf(kept.port)];
      expect([...before.values()].filter((node) => typeof node === 'number')).toEqual([]);
      await kept.startAnew();
      expect((await readdir(kept.folder)).some((name) => name.startsWith('snapshot.'))).toBe(isSnapshot);
      expect(await readTree(kept.port, CREDENTIALS)).toEqual(before);
      expect(await countsOf(kept.port)).toEqual(counts);
    },
  );

  it('knows what only some may read, and does not show it to others', async ({ start }) => {
    const kept = await Kept.start(start);
    await using session = await RawSession.open(kept.port);
    await fill(session);
    await kept.startAnew();
    expect((await readTree(kept.port)).get('/locked')).toBe(ServerCode.NO_AUTH);
  });

  it('goes on with the numbers of sequential znodes', async ({ start, connect }) => {
    const kept = await Kept.start(start, { [JOURNAL]: { snapshotEvery: { transactions: 5, bytes: NEVER } } });
    const client = await connect({ connectString: kept.server.connectString });
    const create = () => client.create('/n-', '', { mode: 'persistent-sequential' });
    const paths = [await create(), await create(), await create()];
    for (const path of paths) await client.delete(path);
    await kept.startAnew();
    const last = Number(paths.at(-1)?.slice(-10));
    expect(await client.retry(create)).toBe(`/n-${String(last + 1).padStart(10, '0')}`);
  });

  it('is one on which nothing has happened meanwhile, however often it is started', async ({ start }) => {
    const kept = await Kept.start(start);
    await using session = await RawSession.open(kept.port);
    await fill(session);
    const before = await readTree(kept.port, CREDENTIALS);
    for (let round = 0; round < 3; round += 1) await kept.startAnew();
    expect(await readTree(kept.port, CREDENTIALS)).toEqual(before);
  });

  it('knows the last zxid, which a write that failed has taken', async ({ start }) => {
    const kept = await Kept.start(start);
    await using session = await RawSession.open(kept.port);
    const failed = await session.request('delete', { path: '/nowhere', version: -1 });
    expect(failed?.error).toBe(ServerCode.NO_NODE);
    const lastZxid = failed?.zxid ?? 0n;
    await kept.startAnew();
    await using ahead = await RawSession.open(kept.port, { lastZxid: lastZxid + 1n });
    await using equal = await RawSession.open(kept.port, { lastZxid });
    expect([ahead.established, equal.established]).toEqual([false, true]);
    expect((await equal.request('delete', { path: '/nowhere', version: -1 }))?.zxid).toBe(lastZxid + 2n);
  });

  it('still deletes containers that have become empty, and what outlives its time', async ({ start }) => {
    const kept = await Kept.start(start);
    await using session = await RawSession.open(kept.port);
    await session.request('createContainer', { path: '/container', data: null, acl: OPEN, flags: 4 });
    await session.request('create', { path: '/container/a', data: null, acl: OPEN, flags: 0 });
    await session.request('delete', { path: '/container/a', version: -1 });
    await session.request('createTtl', { path: '/ttl', data: null, acl: OPEN, flags: 5, ttl: 1n });
    await session.request('createTtl', { path: '/long', data: null, acl: OPEN, flags: 5, ttl: HOUR });
    await kept.startAnew({ containerCheckInterval: 10 });
    // Nobody connects, and nothing else happens.
    await eventually(async () => (await countsOf(kept.port)).includes('zk_znode_count\t5'));
    expect([...(await readTree(kept.port)).keys()]).toContain('/long');
  });
});

describe('sessions over an end of the server', () => {
  it('go on, with their ephemerals', async ({ start, connect }) => {
    const kept = await Kept.start(start);
    const client = await connect({ connectString: kept.server.connectString });
    const { sessionId, sessionPassword } = client;
    await client.create('/member', '', { mode: 'ephemeral' });
    const states = recordStates(client);
    await kept.startAnew();
    await states.until((seen) => seen.at(-1) === 'connected');
    expect(states.items).not.toContain('lost');
    expect([client.sessionId, client.sessionPassword]).toEqual([sessionId, sessionPassword]);
    expect((await client.exists('/member'))?.ephemeralOwner).toBe(sessionId);
    await client.close();
    const other = await connect({ connectString: kept.server.connectString });
    expect(await other.exists('/member')).toBeNull();
  });

  it('expire by their timeout when they do not come back, and not before', async ({ start, connect }) => {
    const kept = await Kept.start(start, { [JOURNAL]: { snapshotEvery: { transactions: 2, bytes: NEVER } } });
    await using gone = await RawSession.open(kept.port, { timeout: 500 });
    await gone.request('create', { path: '/member', data: null, acl: OPEN, flags: 1 });
    await kept.startAnew();
    const startedAgain = performance.now();
    const other = await connect({ connectString: kept.server.connectString });
    expect(await other.exists('/member')).not.toBeNull();
    await eventually(async () => (await other.exists('/member')) === null);
    expect(performance.now() - startedAgain).toBeGreaterThan(450);
    const { sessionId = 0n, password } = gone.handshake ?? {};
    await using late = await RawSession.open(kept.port, { sessionId, password: password ?? Buffer.alloc(16) });
    expect(late.established).toBe(false);
  });

  it('are known by their password alone', async ({ start }) => {
    const kept = await Kept.start(start);
    await using owner = await RawSession.open(kept.port);
    const { sessionId = 0n, password } = owner.handshake ?? {};
    await kept.startAnew();
    await using thief = await RawSession.open(kept.port, { sessionId, password: Buffer.alloc(16, 1) });
    await using again = await RawSession.open(kept.port, { sessionId, password: password ?? Buffer.alloc(16) });
    expect([thief.established, again.established]).toEqual([false, true]);
  });

  it('are gone when they were closed or had expired before', async ({ start }) => {
    const kept = await Kept.start(start);
    await using closed = await RawSession.open(kept.port);
    await using expired = await RawSession.open(kept.port);
    for (const { handshake } of [closed, expired]) expect(handshake?.sessionId).not.toBe(0n);
    await expired.request('create', { path: '/member', data: null, acl: OPEN, flags: 1 });
    await closed.close();
    kept.server.expireSession(expired.handshake?.sessionId ?? 0n);
    await kept.startAnew();
    for (const { handshake } of [closed, expired]) {
      const { sessionId = 0n, password } = handshake ?? {};
      await using again = await RawSession.open(kept.port, { sessionId, password: password ?? Buffer.alloc(16) });
      expect(again.established).toBe(false);
    }
    await using reader = await RawSession.open(kept.port);
    expect((await reader.request('exists', { path: '/member', watch: false }))?.error).toBe(ServerCode.NO_NODE);
  });

  it('go on over stop() and restart() of one server too, and what is written then is kept', async ({
    start,
    connect,
  }) => {
    const kept = await Kept.start(start);
    const client = await connect({ connectString: kept.server.connectString });
    await client.create('/before');
    await kept.server.restart();
    const { czxid }: Stat = await client.retry(async () => {
      await client.create('/after');
      return (await client.getData('/after')).stat;
    });
    await kept.startAnew();
    expect((await client.retry(() => client.exists('/after')))?.czxid).toBe(czxid);
    expect(await client.exists('/before')).not.toBeNull();
  });
});
