import type { DataAndStat } from '../../lib/core/coordination-client.js';
import { FrozenStat } from '../../lib/core/frozen-stat.js';
import type { Aspect, NodeState } from '../observing/index.js';
import { decodeManifest, isManifest, type Manifest } from './manifest.js';

/** The state of a blob, as the observer of its manifest publishes it to all of its watches. */
export interface BlobState extends NodeState {
  /** The manifest, or what is wrong with it; `null` while there is no such blob. All watches share it. */
  readonly manifest: Manifest | string | null;
}

/** The aspect of all blobs: the manifest in a znode, which is parsed once for all watches of it. */
export const blobAspect: Aspect<BlobState, DataAndStat> = {
  name: 'blob',
  read: (client, path, watcher) => client.getData(path, watcher),
  toState: (found, eventZxid, revision) => ({
    manifest: found && isManifest(found.data) ? decodeManifest(found.data) : null,
    stat: found && FrozenStat.of(found.stat),
    eventZxid,
    revision,
  }),
  markOf: (stat) => stat.mzxid,
};
