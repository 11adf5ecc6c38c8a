import type { Acl, Stat } from '../../lib/core/coordination-client.js';
import { RawSession } from '../../testing/raw-session.js';

/** All that can be read of one znode, or the number of the error that it gives. */
export type StoredNode = { data: string | null; acl: readonly Acl[]; stat: Stat; children: string[] } | number;

/** All that can be read of a server's znodes, in a session of its own. `auth` is digest credentials. */
export async function readTree(port: number, auth?: string): Promise<Map<string, StoredNode>> {
  await using session = await RawSession.open(port);
  if (auth !== undefined) await session.auth('digest', auth);
  const tree = new Map<string, StoredNode>();
  await readInto(tree, session, '/');
  await session.close();
  return tree;
}

async function readInto(tree: Map<string, StoredNode>, session: RawSession, path: string): Promise<void> {
  const [data, acl, listing] = await Promise.all([
    session.request('getData', { path, watch: false }),
    session.request('getAcl', { path }),
    session.request('getChildren2', { path, watch: false }),
  ]);
  if (!data || !acl || !listing) throw new Error(`the server hung up while ${path} was read`);
  const error = data.error || acl.error || listing.error;
  if (error !== 0) {
    tree.set(path, error);
    return;
  }
  const { data: bytes, stat } = data.body as { data: Buffer | null; stat: Stat };
  const children = [...(listing.body as { children: string[] }).children].sort();
  tree.set(path, {
    data: bytes?.toString('hex') ?? null,
    acl: (acl.body as { acl: Acl[] }).acl,
    stat,
    children,
  });
  for (const child of children) await readInto(tree, session, path === '/' ? `/${child}` : `${path}/${child}`);
}
