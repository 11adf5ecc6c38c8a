/**
 * Group membership: each process has an ephemeral znode below that of the group, and knows who else has one. When its session
 * expires it is out, and comes back by itself. `npx tsx examples/group-membership.ts`
 */
import { ChildrenWatch, NodeExistsError, ZooKeeperClient } from '../index.js';
import { eventually } from '../testing/eventually.js';
import { chapter, onStage, say } from './stage.js';

/**
 * Keeps this process in the group until the client is closed, and tells who is in it, whenever that has changed and this process
 * is one of them. While the client is not connected, that is only what was known last.
 */
function joinGroup(
  client: ZooKeeperClient,
  group: string,
  name: string,
  onMembers: (members: string[]) => void,
): ChildrenWatch<true> {
  const enter = () => client.create(`${group}/${name}`, '', { mode: 'ephemeral', makePath: true });
  const onChange = async (members: string[] | null): Promise<void> => {
    if (members?.includes(name)) return onMembers(members);
    try {
      await client.retry(enter, { maxAttempts: Infinity });
    } catch (error) {
      // It is there by an attempt whose answer was lost, or by a session of ours that is to end: the next call tells.
      if (!(error instanceof NodeExistsError)) throw error;
    }
  };
  // A znode that has come and gone is a change, too: whoever has fallen out is called, and enters again.
  return new ChildrenWatch(client, group, onChange, { waitForNode: true });
}

// ---------- The processes: three of them, each with a client of its own ----------

await onStage(async ({ connectString, logger, expireSession }) => {
  const seen: string[] = [];
  const start = async (name: string): Promise<ZooKeeperClient> => {
    const client = await new ZooKeeperClient(connectString, { logger }).connect();
    joinGroup(client, '/shop/servers', name, (members) => {
      if (name !== 'ann') return;
      say('ann', `sees ${members.join(', ')}`);
      seen.push(members.join());
    });
    return client;
  };

  chapter('Three servers start');
  const [ann, bob, cid] = [await start('ann'), await start('bob'), await start('cid')];
  await eventually(() => seen.at(-1) === 'ann,bob,cid');

  // ---------- The outside world ----------

  chapter('bob shuts down');
  await bob.close();
  await eventually(() => seen.at(-1) === 'ann,cid');

  chapter('The session of cid expires: out, and in again in a new session');
  const before = seen.length;
  await expireSession(cid);
  await eventually(() => seen.length > before && seen.at(-1) === 'ann,cid');

  chapter('The session of ann herself expires');
  const oldSession = ann.sessionId;
  await expireSession(ann);
  await eventually(async () => {
    const stat = await cid.exists('/shop/servers/ann');
    return stat !== null && stat.ephemeralOwner !== oldSession;
  });
  say('cid', 'finds ann, in a new session');

  await ann.close();
  await cid.close();
});
