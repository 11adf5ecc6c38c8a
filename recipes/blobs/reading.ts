import type { Stat } from '../../lib/core/coordination-client.js';
import { quote } from '../../lib/core/validation.js';
import { BlobChangedError } from './errors.js';
import { decodeManifest, isManifest, type Manifest, parseManifest } from './manifest.js';
import type { Requests } from './requests.js';

/** The znode at the place of a manifest. */
export interface Found {
  readonly path: string;
  readonly stat: Stat;
  /** Whether it is a blob: other znodes there only have manifests below them. */
  readonly isBlob: boolean;
  /** `null` unless it is a blob that is not damaged. */
  readonly manifest: Manifest | null;
}

/** The newest manifest of a blob with its stat; `null` when there is no such blob. @throws {@link BlobCorruptError} */
export async function readManifest(
  requests: Requests,
  id: string,
): Promise<{ readonly manifest: Manifest; readonly stat: Stat } | null> {
  const path = requests.layout.manifest(id);
  const found = await requests.getData(path);
  return found && isManifest(found.data) ? { manifest: parseManifest(id, path, found.data), stat: found.stat } : null;
}

/** The same for a writer, whom a damaged manifest does not stop. */
export async function findZnode(requests: Requests, id: string): Promise<Found | null> {
  const path = requests.layout.manifest(id);
  const found = await requests.getData(path);
  if (!found) return null;
  const { data, stat } = found;
  const manifest = decodeManifest(data);
  return { path, stat, isBlob: isManifest(data), manifest: typeof manifest === 'string' ? null : manifest };
}

/** The conditions that a change of a blob depends on. */
export interface Conditions {
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: '*' | undefined;
}

/** Whether there is a condition. */
export function isConditional({ ifMatch, ifNoneMatch }: Conditions): boolean {
  return ifMatch !== undefined || ifNoneMatch !== undefined;
}

/** @throws {@link BlobChangedError} unless the blob is as the conditions demand. */
export function checkConditions(id: string, found: Found | null, { ifMatch, ifNoneMatch }: Conditions): void {
  const isBlob = found?.isBlob === true;
  if (ifNoneMatch !== undefined && isBlob)
    throw new BlobChangedError(`there is a blob ${quote(id)} already; nothing was changed`, { id });
  if (ifMatch === undefined || found?.manifest?.generation === ifMatch) return;
  const now = isBlob ? 'it is of another generation than ifMatch' : 'there is none of that id';
  throw new BlobChangedError(`the blob ${quote(id)} has changed: ${now}. Nothing was changed by this call`, { id });
}
