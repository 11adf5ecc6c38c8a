import { nodeModule } from '../../../lib/core/node-module.js';
import { reasonOf } from '../../../lib/core/reason.js';
import { quote } from '../../../lib/core/validation.js';
import { encodeBlobId, newSha256 } from '../../blobs/faces.js';
import {
  BlobCorruptError,
  type BlobGeneration,
  type BlobInfo,
  type BlobRange,
  BlobSupersededError,
  BlobUrlError,
} from '../../blobs/index.js';
import type { BlobServers } from './blob-servers.js';

/** A generation of a blob, as its server has it. */
export function remoteGeneration(servers: BlobServers, info: BlobInfo): BlobGeneration {
  return { info, open: (range) => read(servers, info, range) };
}

async function* read(servers: BlobServers, info: BlobInfo, range: BlobRange | null): AsyncGenerator<Uint8Array, void> {
  const { id, etag, size, sha256 } = info;
  const [start, end] = range ? [Math.min(range.start, size), Math.min(range.end, size)] : [0, size];
  if (range && start === end) return;
  const path = `blobs/${encodeBlobId(id)}?generation=${encodeURIComponent(etag)}`;
  const headers: Record<string, string> = { 'accept-encoding': 'identity' };
  if (range) headers.range = `bytes=${start}-${end - 1}`;
  const { response } = await servers.send({ path, id, headers, takes: [range ? 206 : 200, 404], isStreamed: true });
  if (response.status === 404) {
    throw new BlobSupersededError(`the blob ${quote(id)} was replaced or deleted: read it again`, { id });
  }
  // A browser has a hash for whole contents only, and none without TLS: there the length is what is checked.
  const hash = range || !nodeModule('node:crypto') ? null : newSha256();
  const reader = response.body?.getReader();
  let left = end - start;
  try {
    while (reader) {
      const { done, value } = await servers.part(reader.read()).catch((error: unknown) => {
        servers.throwIfOver();
        const message = `the content of the blob ${quote(id)} broke off: ${reasonOf(error)}`;
        throw new BlobUrlError(message, { id, cause: error, retryable: true });
      });
      if (done) break;
      left -= value.byteLength;
      hash?.update(value);
      const isWrong = left < 0 || (left === 0 && hash !== null && hash.digest() !== sha256);
      if (isWrong) throw corrupt(id);
      yield value;
    }
    if (left !== 0) throw corrupt(id);
  } finally {
    await reader?.cancel().catch(() => {});
  }
}

function corrupt(id: string): BlobCorruptError {
  return new BlobCorruptError(`the content of the blob ${quote(id)} is not what was written`, { id });
}
