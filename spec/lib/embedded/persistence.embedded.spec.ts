import { readdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
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

/** A server on a data folder. Another server can replace it on the same folder and port. */
class ReplacedServer {
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

  static async start(start: EmbeddedFixtures['start'], options: InternalOptions = {}): Promise<ReplacedServer> {
    const folder = await newFolder();
    return new ReplacedServer(folder, start, options, await start({ dataDir: folder, ...options }));
  }

  get port(): number {
    return this.server.port;
  }

  async replace(options: InternalOptions = {}): Promise<void> {
    await this.server.close();
    this.server = await this.#start({ ...this.#options, ...options, dataDir: this.folder, port: this.port });
  }
}

/** Counters that the server derives from its state and does not store. */
async function countsOf(port: number): Promise<string[]> {
  const lines = (await fourLetterWord(port, 'mntr')).split('\n');
  return lines.filter((line) => /znode_count|ephemerals_count|data_size|global_sessions/.test(line));
}

/** Creates znodes of every type, and changes the predefined ones. */
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

describe('a server on the folder of a closed one', () => {
  const thresholds: [string, { transactions: number; bytes: number }, boolean][] = [
    ['a log', { transactions: NEVER, bytes: NEVER }, false],
    ['snapshots as often as they can be written', { transactions: 1, bytes: NEVER }, true],
    ['a snapshot and the log after it', { transactions: 25, bytes: NEVER }, true],
    ['snapshots by size', { transactions: NEVER, bytes: 100_000 }, true],
  ];

  it.for(thresholds)('restores every znode with its stat from %s', async ([, snapshotEvery, isSnapshot], { start }) => {
    const replaced = await ReplacedServer.start(start, { [JOURNAL]: { snapshotEvery } });
    await using session = await RawSession.open(replaced.port);
    await fill(session);
    const [before, counts] = [await readTree(replaced.port, CREDENTIALS), await countsOf(replaced.port)];
    expect([...before.values()].filter((node) => typeof node === 'number')).toEqual([]);
    await replaced.replace();
    expect((await readdir(replaced.folder)).some((name) => name.startsWith('snapshot.'))).toBe(isSnapshot);
    expect(await readTree(replaced.port, CREDENTIALS)).toEqual(before);
    expect(await countsOf(replaced.port)).toEqual(counts);
  });

  it('restores ACLs, and enforces them', async ({ start }) => {
    const replaced = await ReplacedServer.start(start);
    await using session = await RawSession.open(replaced.port);
    await fill(session);
    await replaced.replace();
    expect((await readTree(replaced.port)).get('/locked')).toBe(ServerCode.NO_AUTH);
  });

  it('continues the numbering of sequential znodes', async ({ start, connect }) => {
    const replaced = await ReplacedServer.start(start, {
      [JOURNAL]: { snapshotEvery: { transactions: 5, bytes: NEVER } },
    });
    const client = await connect({ connectString: replaced.server.connectString });
    const create = () => client.create('/n-', '', { mode: 'persistent-sequential' });
    const paths = [await create(), await create(), await create()];
    for (const path of paths) await client.delete(path);
    await replaced.replace();
    const last = Number(paths.at(-1)?.slice(-10));
    expect(await client.retry(create)).toBe(`/n-${String(last + 1).padStart(10, '0')}`);
  });

  it('restores the same tree at every start', async ({ start }) => {
    const replaced = await ReplacedServer.start(start);
    await using session = await RawSession.open(replaced.port);
    await fill(session);
    const before = await readTree(replaced.port, CREDENTIALS);
    for (let round = 0; round < 3; round += 1) await replaced.replace();
    expect(await readTree(replaced.port, CREDENTIALS)).toEqual(before);
  });

  it('restores the last zxid, which a failed write has taken', async ({ start }) => {
    const replaced = await ReplacedServer.start(start);
    await using session = await RawSession.open(replaced.port);
    const failed = await session.request('delete', { path: '/nowhere', version: -1 });
    expect(failed?.error).toBe(ServerCode.NO_NODE);
    const lastZxid = failed?.zxid ?? 0n;
    await replaced.replace();
    await using ahead = await RawSession.open(replaced.port, { lastZxid: lastZxid + 1n });
    await using equal = await RawSession.open(replaced.port, { lastZxid });
    expect([ahead.established, equal.established]).toEqual([false, true]);
    expect((await equal.request('delete', { path: '/nowhere', version: -1 }))?.zxid).toBe(lastZxid + 2n);
  });

  it('deletes restored containers and TTL znodes when they are due', async ({ start }) => {
    const replaced = await ReplacedServer.start(start);
    await using session = await RawSession.open(replaced.port);
    await session.request('createContainer', { path: '/container', data: null, acl: OPEN, flags: 4 });
    await session.request('create', { path: '/container/a', data: null, acl: OPEN, flags: 0 });
    await session.request('delete', { path: '/container/a', version: -1 });
    await session.request('createTtl', { path: '/ttl', data: null, acl: OPEN, flags: 5, ttl: 1n });
    await session.request('createTtl', { path: '/long', data: null, acl: OPEN, flags: 5, ttl: HOUR });
    await replaced.replace({ containerCheckInterval: 10 });
    // No client connects, and no request arrives.
    await eventually(async () => (await countsOf(replaced.port)).includes('zk_znode_count\t6'));
    expect([...(await readTree(replaced.port)).keys()]).toContain('/long');
  });
});

describe('a relative data folder', () => {
  it('stays the same when the process changes its working directory', async ({ start }) => {
    const folder = await newFolder();
    const elsewhere = await newFolder();
    const before = process.cwd();
    try {
      process.chdir(dirname(folder));
      const dataDir = `./${basename(folder)}`;
      const server = await start({ dataDir, [JOURNAL]: { snapshotEvery: { transactions: 5, bytes: NEVER } } });
      process.chdir(elsewhere);
      await using session = await RawSession.open(server.port);
      for (let count = 0; count < 10; count += 1) {
        const reply = await session.request('create', { path: `/${count}`, data: null, acl: OPEN, flags: 0 });
        expect(reply?.error).toBe(0);
      }
      await server.close();
      expect(await readdir(elsewhere)).toEqual([]);
      expect((await readdir(folder)).filter((name) => name.startsWith('lock.'))).toEqual([]);
      const { port } = await start({ dataDir: folder });
      expect((await readTree(port)).has('/9')).toBe(true);
    } finally {
      process.chdir(before);
    }
  });
});

describe('sessions, over the end of a server', () => {
  it('continue with their ephemerals', async ({ start, connect }) => {
    const replaced = await ReplacedServer.start(start);
    const client = await connect({ connectString: replaced.server.connectString });
    const { sessionId, sessionPassword } = client;
    await client.create('/member', '', { mode: 'ephemeral' });
    const states = recordStates(client);
    await replaced.replace();
    await states.until((seen) => seen.at(-1) === 'connected');
    expect(states.items).not.toContain('lost');
    expect([client.sessionId, client.sessionPassword]).toEqual([sessionId, sessionPassword]);
    expect((await client.exists('/member'))?.ephemeralOwner).toBe(sessionId);
    await client.close();
    const other = await connect({ connectString: replaced.server.connectString });
    expect(await other.exists('/member')).toBeNull();
  });

  it('expire after their timeout, and not before, when their clients do not reconnect', async ({ start, connect }) => {
    const replaced = await ReplacedServer.start(start, {
      [JOURNAL]: { snapshotEvery: { transactions: 2, bytes: NEVER } },
    });
    await using gone = await RawSession.open(replaced.port, { timeout: 500 });
    await gone.request('create', { path: '/member', data: null, acl: OPEN, flags: 1 });
    await replaced.replace();
    const startedAgain = performance.now();
    const other = await connect({ connectString: replaced.server.connectString });
    expect(await other.exists('/member')).not.toBeNull();
    await eventually(async () => (await other.exists('/member')) === null);
    expect(performance.now() - startedAgain).toBeGreaterThan(450);
    const { sessionId = 0n, password } = gone.handshake ?? {};
    await using late = await RawSession.open(replaced.port, { sessionId, password: password ?? Buffer.alloc(16) });
    expect(late.established).toBe(false);
  });

  it('can be resumed only with their password', async ({ start }) => {
    const replaced = await ReplacedServer.start(start);
    await using owner = await RawSession.open(replaced.port);
    const { sessionId = 0n, password } = owner.handshake ?? {};
    await replaced.replace();
    await using thief = await RawSession.open(replaced.port, { sessionId, password: Buffer.alloc(16, 1) });
    await using again = await RawSession.open(replaced.port, { sessionId, password: password ?? Buffer.alloc(16) });
    expect([thief.established, again.established]).toEqual([false, true]);
  });

  it('are not restored once they were closed or had expired', async ({ start }) => {
    const replaced = await ReplacedServer.start(start);
    await using closed = await RawSession.open(replaced.port);
    await using expired = await RawSession.open(replaced.port);
    for (const { handshake } of [closed, expired]) expect(handshake?.sessionId).not.toBe(0n);
    await expired.request('create', { path: '/member', data: null, acl: OPEN, flags: 1 });
    await closed.close();
    replaced.server.expireSession(expired.handshake?.sessionId ?? 0n);
    await replaced.replace();
    for (const { handshake } of [closed, expired]) {
      const { sessionId = 0n, password } = handshake ?? {};
      await using again = await RawSession.open(replaced.port, { sessionId, password: password ?? Buffer.alloc(16) });
      expect(again.established).toBe(false);
    }
    await using reader = await RawSession.open(replaced.port);
    expect((await reader.request('exists', { path: '/member', watch: false }))?.error).toBe(ServerCode.NO_NODE);
  });

  it('survive stop() and restart(), after which writes are kept, too', async ({ start, connect }) => {
    const replaced = await ReplacedServer.start(start);
    const client = await connect({ connectString: replaced.server.connectString });
    await client.create('/before');
    await replaced.server.restart();
    const { czxid }: Stat = await client.retry(async () => {
      await client.create('/after');
      return (await client.getData('/after')).stat;
    });
    await replaced.replace();
    expect((await client.retry(() => client.exists('/after')))?.czxid).toBe(czxid);
    expect(await client.exists('/before')).not.toBeNull();
  });
});
