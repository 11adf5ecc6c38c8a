import { blobs, blobWatches } from './measurements/blobs.js';
import { fanOut, latency, sharedThroughput, throughput } from './measurements/changes.js';
import { children, patience } from './measurements/children.js';
import { longPolls, sockets } from './measurements/http.js';
import { type Measurement, watchesZnodes } from './measurements/measurement.js';
import { expiry, recovery } from './measurements/recovery.js';
import { arming, idle } from './measurements/standing.js';
import { treeChanges } from './measurements/tree-changes.js';
import { tree, treeRecovery } from './measurements/trees.js';

/** The measurements by name. */
export const MEASUREMENTS: ReadonlyMap<string, Measurement> = new Map<string, Measurement>(
  Object.entries({
    latency,
    throughput,
    'shared-throughput': sharedThroughput,
    'fan-out': fanOut,
    arming,
    recovery,
    expiry,
    children,
    patience,
    idle,
    tree,
    'tree-recovery': treeRecovery,
    'tree-changes': treeChanges,
    blobs,
    'blob-watches': blobWatches,
    'long-polls': longPolls,
    sockets,
  }),
);

/** The measurements by the letters that docs/performance.md gives them. */
const LETTERS: ReadonlyMap<string, readonly string[]> = new Map([
  ['a', ['latency']],
  ['b', ['throughput', 'shared-throughput']],
  ['c', ['fan-out']],
  ['d', ['arming']],
  ['e', ['recovery']],
  ['f', ['expiry']],
  ['g', ['children']],
  ['h', ['patience']],
  ['i', ['idle']],
  ['k', ['tree', 'tree-recovery']],
  ['l', ['tree-changes']],
  ['m', ['blobs', 'blob-watches', 'long-polls', 'sockets']],
]);

/** Whether a contender belongs to a measurement. */
export function takesPart(contender: string, measurement: Measurement): boolean {
  return (measurement.takesPart ?? watchesZnodes)(contender);
}

/** The names of the measurements for which a name or a letter stands; none when it is unknown. */
export function measurementsOf(nameOrLetter: string): readonly string[] {
  return MEASUREMENTS.has(nameOrLetter) ? [nameOrLetter] : (LETTERS.get(nameOrLetter) ?? []);
}
