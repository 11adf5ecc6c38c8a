import type { Stat } from '../../lib/core/coordination-client.js';
import { codeOf } from '../../lib/core/errors.js';
import type { CollectedGarbage } from './collected-garbage.js';
import { BLOBS } from './limits.js';
import { isManifest, parseManifest } from './manifest.js';
import { inPortions, type Requests } from './requests.js';
import { scopeOf, walk } from './walk.js';

interface Marked {
  readonly generation: string;
  /** By the server's clock. */
  readonly markedAt: number;
}

const MARK = 'garbage';

/** Marks what nobody can commit any more, and removes what was marked long enough ago. */
export async function collectGarbage(requests: Requests, grace: number): Promise<CollectedGarbage> {
  await requests.sync();
  const marked = await inPortions(await deadGenerations(requests), (generation) => mark(requests, generation));
  const receipts = await inPortions(await requests.children(requests.layout.receipts), async (name) => {
    const path = requests.layout.receipt(name);
    return { path, stat: await requests.exists(path) };
  });
  const total = { generations: 0, chunks: 0, bytes: 0 };
  if (marked.length + receipts.length === 0) return total;
  const now = await serverTime(requests);
  for (const { path, stat } of receipts)
    if (stat && now - stat.ctime >= Math.max(grace, BLOBS.receiptsFor)) await requests.remove(path);
  for (const each of marked) {
    if (!each || now - each.markedAt < grace) continue;
    const { chunks, bytes, isRemoved } = await requests.removeGeneration(each.generation);
    total.generations += isRemoved ? 1 : 0;
    total.chunks += chunks;
    total.bytes += bytes;
  }
  return total;
}

/**
 * The generations that cannot be committed any more. The order of the reads decides: a generation is made after its
 * marker, which goes with the commit; one without a marker was committed before the manifests are read, or never is.
 */
async function deadGenerations(requests: Requests): Promise<string[]> {
  const { layout } = requests;
  const generations = await requests.children(layout.chunks);
  const alive = new Set(await requests.children(layout.markers));
  for await (const { path, data } of walk(requests, scopeOf(layout, ''))) {
    if (!isManifest(data)) continue;
    // A damaged manifest may be the only one that knows its chunks: nothing is removed then.
    alive.add(parseManifest(layout.idOf(path) ?? path, path, data).generation);
  }
  return generations.filter((generation) => !alive.has(generation));
}

/** Marks a generation, unless somebody has. `null` when somebody else is at it. */
async function mark(requests: Requests, generation: string): Promise<Marked | null> {
  const path = requests.layout.generation(generation);
  const found = await requests.getData(path);
  if (!found) return null;
  if (found.data.toString() === MARK) return { generation, markedAt: found.stat.mtime };
  const stat = await setUnlessChanged(requests, path, MARK, found.stat.version);
  return stat && { generation, markedAt: stat.mtime };
}

async function setUnlessChanged(requests: Requests, path: string, data: string, version: number): Promise<Stat | null> {
  try {
    return await requests.answered(() => requests.client.setData(path, data, version));
  } catch (error) {
    if (codeOf(error) !== 'NO_NODE' && codeOf(error) !== 'BAD_VERSION') throw error;
    return null;
  }
}

/** The time of the server that makes the marks. */
async function serverTime(requests: Requests): Promise<number> {
  const { client, layout } = requests;
  return (await requests.answered(() => client.setData(layout.chunks, ''))).mtime;
}
