/**
 * Group membership: each process has an ephemeral znode below the group's, and knows the other members. An expired
 * session removes its process, which rejoins by itself. `npx tsx examples/group-membership.ts`
 */
import { ChildrenWatch, NodeExistsError, ZooKeeperClient } from '../index.js';
import { eventually } from '../testing/eventually.js';
import { chapter, inSandbox, say } from './sandbox.js';

/**
 * Keeps this process in the group until the client is closed. Calls `onMembers` after each change of a group that has
 * this process as a member. While the client is not connected, the members are those that were known last.
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
      // The znode is from an attempt whose reply was lost, or from an ending session: the next call decides.
      if (!(error instanceof NodeExistsError)) throw error;
    }
  };
  // A removed process is called, because its removal is a change, and enters again.
  return new ChildrenWatch(client, group, onChange, { waitForNode: true });
}

// ---------- The processes: three of them, each with a client of its own ----------

await inSandbox(async ({ connectString, logger, expireSession }) => {
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

  chapter('The session of cid expires: cid is removed, and rejoins in a new session');
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
