import { isManifest, parseManifest, toInfo } from './manifest.js';
import type { Requests } from './requests.js';
import type { BlobInfo } from './types.js';
import { scopeOf, walk } from './walk.js';

/** The blobs whose ids begin with the prefix, by id. */
export async function* listBlobs(requests: Requests, prefix: string): AsyncGenerator<BlobInfo, void> {
  const { layout, options } = requests;
  if (options.sync) await requests.sync();
  const infos: BlobInfo[] = [];
  for await (const { path, data, stat } of walk(requests, scopeOf(layout, prefix))) {
    const id = isManifest(data) ? layout.idOf(path) : null;
    if (id !== null) infos.push(toInfo(id, parseManifest(id, path, data), stat));
  }
  yield* infos.sort((one, other) => (one.id < other.id ? -1 : 1));
}
