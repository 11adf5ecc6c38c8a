import { describe, expect } from 'vitest';
import { CLICKHOUSE_KEEPER, ZOOKEEPER_3_5, ZOOKEEPER_3_8 } from '../../../lib/embedded/behaviour.js';
import { BEHAVIOUR } from '../../../lib/embedded/options.js';
import { RawSession } from '../../../testing/raw-session.js';
import { it } from '../../support/embedded-fixtures.js';

const NODE_CREATED = 1;
const NODE_DELETED = 2;
const NODE_DATA_CHANGED = 3;

const WATCHES = { data: [], exist: [], child: [] };

/** Requests that a newer server knows, and an older one may not. */
const REQUESTS = {
  addWatch: (session: RawSession) => session.request('addWatch', { path: '/a', mode: 1 }),
  multiRead: (session: RawSession) => session.request('multiRead', [{ op: 'getData', path: '/', watch: false }]),
  setWatches2: (session: RawSession) =>
    session.request('setWatches2', { relativeZxid: 0n, ...WATCHES, persistent: [], persistentRecursive: [] }),
  whoAmI: (session: RawSession) => session.request('whoAmI', undefined),
  setWatches: (session: RawSession) => session.request('setWatches', { relativeZxid: 0n, ...WATCHES }),
  removeWatches: (session: RawSession) => session.request('removeWatches', { path: '/', type: 3 }),
} as const;

type Name = keyof typeof REQUESTS;

/** The answer to the request over a connection of its own: the error, or that the server hung up without one. */
async function answerTo(port: number, name: Name): Promise<string> {
  await using session = await RawSession.open(port);
  const reply = await REQUESTS[name](session);
  if (reply === null) return 'hung up';
  if (reply.error !== -6) return `error ${reply.error}`;
  await session.untilHungUp();
  return 'error -6, then hung up';
}

async function answersOf(port: number): Promise<Record<string, string>> {
  const names = Object.keys(REQUESTS) as Name[];
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await answerTo(port, name)] as const)));
}

const KNOWN = { addWatch: 'error 0', multiRead: 'error 0', setWatches2: 'error 0', whoAmI: 'error 0' };
const OLD = { setWatches: 'error 0', removeWatches: 'error -121' };

describe('the embedded server', () => {
  it('behaves as ZooKeeper 3.8 unless told otherwise', async ({ start }) => {
    for (const options of [{}, { [BEHAVIOUR]: ZOOKEEPER_3_8 }]) {
      const server = await start(options);
      expect(await answersOf(server.port)).toEqual({ ...KNOWN, ...OLD });
    }
  });

  it('behaves as ZooKeeper 3.5: knows none of the later operations, and hangs up after each', async ({ start }) => {
    const server = await start({ [BEHAVIOUR]: ZOOKEEPER_3_5 });
    const unknown = 'error -6, then hung up';
    expect(await answersOf(server.port)).toEqual({
      ...{ addWatch: unknown, multiRead: unknown, setWatches2: unknown, whoAmI: unknown },
      ...OLD,
    });
  });

  it('behaves as ClickHouse Keeper: hangs up on the operations that set and remove watches', async ({ start }) => {
    const server = await start({ [BEHAVIOUR]: CLICKHOUSE_KEEPER });
    expect(await answersOf(server.port)).toEqual({
      ...KNOWN,
      ...{ setWatches2: 'hung up', setWatches: 'hung up', removeWatches: 'hung up' },
    });
  });

  it('behaves as ClickHouse Keeper: the events of a recursive watch have the path of the watch', async ({ start }) => {
    const server = await start({ [BEHAVIOUR]: CLICKHOUSE_KEEPER });
    await using session = await RawSession.open(server.port);
    await session.request('addWatch', { path: '/a', mode: 1 });
    const znode = { data: null, acl: [{ perms: 31, scheme: 'world', id: 'anyone' }], flags: 0 };
    await session.request('create', { path: '/a', ...znode });
    await session.request('create', { path: '/a/b', ...znode });
    await session.request('getData', { path: '/a/b', watch: true });
    await session.request('setData', { path: '/a/b', data: null, version: -1 });
    await session.request('delete', { path: '/a/b', version: -1 });
    const events = session.frames.items.filter((frame) => frame.kind === 'event');
    expect(events.map(({ type, path }) => [type, path])).toEqual([
      [NODE_CREATED, '/a'],
      [NODE_CREATED, '/a'],
      [NODE_DATA_CHANGED, '/a/b'],
      [NODE_DATA_CHANGED, '/a'],
      [NODE_DELETED, '/a'],
    ]);
  });
});
