import type { RawSession } from '../../testing/raw-session.js';
import type { SeededRandom } from '../../testing/seeded-random.js';

const OPEN = [{ perms: 31, scheme: 'world', id: 'anyone' }];
const EPHEMERAL = 1;

/** One change of a few znodes below the root. */
export type RandomWrite =
  | { readonly op: 'create'; readonly path: string; readonly data: string; readonly flags: number }
  | { readonly op: 'setData'; readonly path: string; readonly data: string }
  | { readonly op: 'delete'; readonly path: string }
  | { readonly op: 'multi'; readonly writes: readonly RandomWrite[] };

/** Data and version of each znode. */
export type WrittenTree = Map<string, string>;

/** A change that may be possible or not. Its data is its own. */
export function randomWrite(random: SeededRandom, data: string, mayBeMulti = true): RandomWrite {
  const path = `/n${random.below(60)}`;
  const kind = random.next();
  if (kind < 0.1 && mayBeMulti) {
    const count = 1 + random.below(4);
    const writes = Array.from({ length: count }, (_, index) => randomWrite(random, `${data}.${index}`, false));
    return { op: 'multi', writes };
  }
  if (kind < 0.35) return { op: 'create', path, data, flags: random.chance(0.2) ? EPHEMERAL : 0 };
  if (kind < 0.8) return { op: 'setData', path, data };
  return { op: 'delete', path };
}

/** Applies the write as a server does. Returns whether it was possible; otherwise nothing has changed. */
export function perform(tree: WrittenTree, write: RandomWrite): boolean {
  if (write.op === 'multi') {
    const changed = new Map(tree);
    if (!write.writes.every((each) => perform(changed, each))) return false;
    tree.clear();
    for (const [path, state] of changed) tree.set(path, state);
    return true;
  }
  const version = versionOf(tree.get(write.path));
  if ((version === null) !== (write.op === 'create')) return false;
  if (write.op === 'delete') tree.delete(write.path);
  else tree.set(write.path, `${write.data} v${version === null ? 0 : version + 1}`);
  return true;
}

function versionOf(state: string | undefined): number | null {
  return state === undefined ? null : Number(state.slice(state.lastIndexOf('v') + 1));
}

/** Sends it, and gives the request's xid. */
export function send(session: RawSession, write: RandomWrite): number {
  switch (write.op) {
    case 'create':
      return session.send('create', toCreate(write));
    case 'setData':
      return session.send('setData', toSetData(write));
    case 'delete':
      return session.send('delete', { path: write.path, version: -1 });
    case 'multi':
      return session.send('multi', write.writes.map(toOperation));
  }
}

type Single = Exclude<RandomWrite, { op: 'multi' }>;

function toOperation(write: RandomWrite) {
  switch (write.op) {
    case 'create':
      return { op: write.op, ...toCreate(write) } as const;
    case 'setData':
      return { op: write.op, ...toSetData(write) } as const;
    case 'delete':
      return { op: write.op, path: write.path, version: -1 } as const;
    case 'multi':
      throw new Error('a multi holds no multi');
  }
}

function toCreate({ path, data, flags }: Extract<Single, { op: 'create' }>) {
  return { path, data: Buffer.from(data), acl: OPEN, flags };
}

function toSetData({ path, data }: Extract<Single, { op: 'setData' }>) {
  return { path, data: Buffer.from(data), version: -1 };
}

/** The server's znodes, except its own. */
export async function readWritten(session: RawSession): Promise<WrittenTree> {
  const { children } = (await bodyOf(session, 'getChildren', '/')) as { children: string[] };
  const paths = children.filter((name) => name !== 'zookeeper').map((name) => `/${name}`);
  const states = await Promise.all(
    paths.map(async (path): Promise<[string, string]> => {
      const { data, stat } = (await bodyOf(session, 'getData', path)) as { data: Buffer; stat: { version: number } };
      return [path, `${data} v${stat.version}`];
    }),
  );
  return new Map(states);
}

async function bodyOf(session: RawSession, read: 'getChildren' | 'getData', path: string): Promise<unknown> {
  const reply = await session.request(read, { path, watch: false });
  if (reply?.error !== 0) throw new Error(`${read} ${path}: ${reply ? `error ${reply.error}` : 'the server hung up'}`);
  return reply.body;
}
