import { createHash } from 'node:crypto';
import { PipelinedClient } from '../../testing/pipelined-client.js';
import { changeTo, creationWith, runPipelined } from '../znodes.js';

/** The znodes of manifests, as a storage with the default root has them. */
export const MANIFESTS = '/blobs/m';

/** The last digits of a generation, which are its sequence number. */
const DIGITS = 12;

/** The id of a small blob, by its index. */
export const idOf = (index: number): string => `small-${String(index).padStart(6, '0')}`;

/** The znode of a small blob. */
export const manifestOf = (index: number): string => `${MANIFESTS}/${idOf(index)}`;

/** The number of the generation that a blob is of. */
export const sequenceOf = (etag: string): number => Number(etag.slice(-DIGITS));

/** A write as one request, in place of those of a put: the readers are measured. */
export function changeOf(index: number, sequence: number): Buffer {
  return changeTo(manifestOf(index), manifest(sequence));
}

/** The small blobs of a server, with the znodes above them. */
export class SmallBlobs {
  readonly #port: number;
  #created = 0;

  constructor(port: number) {
    this.#port = port;
  }

  /** Resolves once there are so many. New ones are of generation 0. */
  async create(count: number): Promise<void> {
    const missing = Array.from({ length: Math.max(0, count - this.#created) }, (_, index) =>
      creationWith(manifestOf(this.#created + index), manifest(0)),
    );
    const above = this.#created === 0 ? ['/blobs', MANIFESTS].map((path) => creationWith(path, '')) : [];
    this.#created = Math.max(count, this.#created);
    if (missing.length === 0) return;
    using writer = await PipelinedClient.connect(this.#port);
    await runPipelined(writer, [...above, ...missing]);
  }
}

/** As a storage would have written it. */
function manifest(sequence: number): string {
  const content = `${sequence}`;
  const header = {
    format: 1,
    generation: `00000000-0000-4000-8000-${content.padStart(DIGITS, '0')}`,
    size: content.length,
    mediaType: 'text/plain;charset=utf-8',
    sha256: createHash('sha256').update(content).digest('hex'),
    meta: {},
    chunkSize: null,
  };
  return `${JSON.stringify(header)}\n${content}`;
}
