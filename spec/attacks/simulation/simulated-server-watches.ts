import type { Aspect } from '../../oracle/moment.js';
import type { ServerWatches } from '../../oracle/server-watches.js';
import { pathsBelow, znodesBelow } from './observed-tree.js';
import type { Rig } from './rig.js';
import type { UserClient } from './user-client.js';

/** The watches that the servers hold for one client at rest, and those that it needs. */
export function serverWatchesOf(rig: Rig, client: UserClient): ServerWatches {
  const nameOf = (aspect: Aspect, path: string): string => {
    const isMissing = rig.history.latest(path, 'data').mark === -1n;
    // A missing znode has no children to watch: its creation fires a data watch.
    return `${aspect === 'children' && !isMissing ? 'children' : 'data'} ${path}`;
  };
  const neighbours = client.neighbours.map((each) => ({ ...each, waitForNode: true }));
  const live = [
    ...client.watches.filter(({ isOver }) => !isOver).map(({ plan }) => plan),
    ...neighbours.filter(({ watch }) => !watch.isOver),
  ];
  const watchers = client.watchers.flatMap(({ armedFor }) => armedFor ?? []);
  const needed = [
    ...live.map(({ aspect, path }) => nameOf(aspect, path)),
    ...watchers.map(({ kind, path }) => `${kind === 'children' ? 'children' : 'data'} ${path}`),
    ...client.patiences.flatMap(({ watched }) => (watched === null ? [] : [nameOf('children', watched)])),
  ];
  const watched = new Set(client.patiences.map(({ watched }) => watched));
  for (const { aspect, path } of live) if (aspect === 'children') watched.add(path);
  // `exists` arms a data watch also on a znode that has appeared since the read before. It stays while the children of
  // the path are watched, also when the watch that waited for the znode has stopped.
  const waiting = [...client.watches.map(({ plan }) => plan), ...neighbours].filter(
    ({ aspect, waitForNode, path }) => aspect === 'children' && waitForNode && watched.has(path),
  );
  const tolerated = new Set(waiting.map(({ path }) => `data ${path}`));
  // A recursive watch covers the one-shot on its root. SetWatches2 with the known znodes, which finds out what has
  // changed, arms both kinds at each of them; so do the one-shot watches of a tree.
  const roots = new Set(client.trees.filter(({ isOver }) => !isOver).map(({ root }) => `data ${root}`));
  for (const { root } of client.trees) {
    for (const path of [...znodesBelow(rig, root).keys(), ...pathsBelow(root)])
      tolerated.add(`data ${path}`).add(`children ${path}`);
  }
  return {
    held: heldFor(rig, client),
    needed: [...new Set(needed)].filter((watch) => !roots.has(watch)),
    tolerated: [...tolerated],
  };
}

/** By the connection in use: a connection that the client has given up may own the session without its knowing. */
function heldFor({ ensemble }: Rig, { link }: UserClient): string[] {
  if (!link) return [];
  return ensemble.servers.flatMap(({ database: { watches } }) => [
    ...[...(watches.data.targets.get(link) ?? [])].map((path) => `data ${path}`),
    ...[...(watches.child.targets.get(link) ?? [])].map((path) => `children ${path}`),
  ]);
}
