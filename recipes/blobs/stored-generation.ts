import type { Stat } from '../../lib/core/coordination-client.js';
import { quote } from '../../lib/core/validation.js';
import { type KeptData, toBuffer } from '../observing/index.js';
import type { BlobGeneration, BlobRange } from './blob-generation.js';
import { BlobSupersededError } from './errors.js';
import { BLOBS } from './limits.js';
import { corrupt, type Manifest, toInfo } from './manifest.js';
import { readManifest } from './reading.js';
import type { Requests } from './requests.js';
import { newSha256 } from './sha256.js';
import type { BlobInfo } from './types.js';

/** The generation of a manifest. */
export function toGeneration(requests: Requests, id: string, manifest: Manifest, stat: Stat): BlobGeneration {
  return new StoredGeneration(requests, toInfo(id, manifest, stat), manifest);
}

class StoredGeneration implements BlobGeneration {
  readonly info: BlobInfo;
  readonly #requests: Requests;
  readonly #manifest: Manifest;

  constructor(requests: Requests, info: BlobInfo, manifest: Manifest) {
    this.#requests = requests;
    this.info = info;
    this.#manifest = manifest;
  }

  open(range: BlobRange | null): AsyncGenerator<Uint8Array, void> {
    const { inline, chunkSize } = this.#manifest;
    if (chunkSize === null) return inlinePart(inline ?? '', range);
    return new ChunkReader(this.#requests, this.info, chunkSize).read(range);
  }
}

async function* inlinePart(inline: KeptData, range: BlobRange | null): AsyncGenerator<Uint8Array, void> {
  const part = toBuffer(inline).subarray(range?.start ?? 0, range?.end);
  if (part.length > 0) yield part;
}

/** Reads the chunks of one generation: a window ahead of whoever takes them. */
class ChunkReader {
  readonly #requests: Requests;
  readonly #info: BlobInfo;
  readonly #chunkSize: number;

  constructor(requests: Requests, info: BlobInfo, chunkSize: number) {
    this.#requests = requests;
    this.#info = info;
    this.#chunkSize = chunkSize;
  }

  async *read(range: BlobRange | null): AsyncGenerator<Uint8Array, void> {
    const { size } = this.#info;
    const start = Math.min(range?.start ?? 0, size);
    const end = Math.min(range?.end ?? size, size);
    if (start >= end) return;
    const hash = start === 0 && end === size ? newSha256() : null;
    const window = Math.max(1, Math.floor(BLOBS.window / this.#chunkSize));
    const last = Math.ceil(end / this.#chunkSize);
    const ahead: Promise<Buffer>[] = [];
    let next = Math.floor(start / this.#chunkSize);
    for (let index = next; index < last; index += 1) {
      while (next < last && ahead.length < window) ahead.push(this.#begin(next++));
      const chunk = (await ahead.shift()) as Buffer;
      hash?.update(chunk);
      if (index === last - 1 && hash && hash.digest() !== this.#info.sha256)
        throw this.#corrupt('its SHA-256 is not what the manifest says');
      const offset = index * this.#chunkSize;
      yield chunk.subarray(Math.max(0, start - offset), end - offset);
    }
  }

  #begin(index: number): Promise<Buffer> {
    const chunk = this.#readChunk(index);
    // Its error comes in its turn, unless nobody asks any more.
    chunk.catch(() => {});
    return chunk;
  }

  async #readChunk(index: number): Promise<Buffer> {
    const { size, etag } = this.#info;
    const found = await this.#requests.getData(this.#requests.layout.chunk(etag, index));
    if (!found) throw await this.#missing(index);
    if (found.data.length !== Math.min(this.#chunkSize, size - index * this.#chunkSize))
      throw this.#corrupt(`the length of chunk ${index} is not what the manifest says`);
    return found.data;
  }

  async #missing(index: number): Promise<Error> {
    const { id, etag } = this.#info;
    await this.#requests.sync();
    const newest = await readManifest(this.#requests, id);
    if (newest?.manifest.generation === etag) return this.#corrupt(`chunk ${index} is missing`);
    const now = newest ? 'a newer one has replaced it' : 'the blob was deleted';
    const message = `this generation of the blob ${quote(id)} is gone: ${now}. Read the blob again`;
    return new BlobSupersededError(message, { id });
  }

  #corrupt(flaw: string): Error {
    const { id } = this.#info;
    return corrupt(id, this.#requests.layout.manifest(id), flaw);
  }
}
