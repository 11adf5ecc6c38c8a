import { commit, type Plan } from './commit.js';
import { checkConditions, findZnode } from './reading.js';
import type { Requests } from './requests.js';
import type { Retirement } from './retirement.js';

/** A znode as a deletion expects it. */
interface Expected {
  readonly path: string;
  readonly version: number;
}

/** Deletes a blob, with the znodes above it that are there for nothing else. `false` when there was none. */
export async function deleteBlob(
  requests: Requests,
  retirement: Retirement,
  id: string,
  ifMatch: string | undefined,
): Promise<boolean> {
  const plan = (): Promise<Plan<true> | null> => planDeletion(requests, retirement, id, ifMatch);
  return (await commit(requests, { receipt: globalThis.crypto.randomUUID(), plan })) ?? false;
}

async function planDeletion(
  requests: Requests,
  retirement: Retirement,
  id: string,
  ifMatch: string | undefined,
): Promise<Plan<true> | null> {
  const { layout } = requests;
  // First: see the plan of a put.
  const deletions = await requests.exists(layout.manifests);
  const found = await findZnode(requests, id);
  if (!deletions || !found?.isBlob) return null;
  checkConditions(id, found, { ifMatch });
  const { path, stat, manifest } = found;
  const isNeeded = stat.numChildren > 0;
  const above = isNeeded ? [] : await emptyAbove(requests, id);
  return {
    addTo: (transaction) => {
      // Each deletion changes it: the version of a znode starts again when it is made again.
      transaction.setData(layout.manifests, '', deletions.version);
      if (isNeeded) transaction.setData(path, '', stat.version);
      else for (const each of [{ path, version: stat.version }, ...above]) transaction.delete(each.path, each.version);
    },
    done: () => {
      if (manifest && manifest.chunkSize !== null) retirement.add(manifest.generation);
      return true;
    },
  };
}

/** The znodes above a manifest that have nothing else below them, from the lowest. */
async function emptyAbove(requests: Requests, id: string): Promise<Expected[]> {
  const empty: Expected[] = [];
  for (const path of requests.layout.above(id).reverse()) {
    const stat = await requests.exists(path);
    if (!stat || stat.dataLength > 0 || stat.numChildren > 1) break;
    empty.push({ path, version: stat.version });
  }
  return empty;
}
