import { unlessAborted } from '../../lib/core/abort.js';
import type { ClientState } from '../../lib/core/coordination-client.js';
import { ClientClosedError, codeOf, SessionExpiredError } from '../../lib/core/errors.js';
import { quote } from '../../lib/core/validation.js';
import { Blocks } from './blocks.js';
import type { Pieces } from './content.js';
import { BlobTooLargeError } from './errors.js';
import { BLOBS } from './limits.js';
import type { Manifest } from './manifest.js';
import type { Requests } from './requests.js';
import { newSha256, sha256Of } from './sha256.js';

/** The part of a manifest that an upload finds out. */
export type Uploaded = Pick<Manifest, 'size' | 'sha256' | 'chunkSize' | 'inline'>;

/** Writes a content below a generation that nobody knows yet, a window of chunks at a time. */
export class Upload {
  readonly #requests: Requests;
  readonly #id: string;
  readonly #generation: string;
  readonly #ending = new AbortController();
  readonly #inFlight = new Set<Promise<void>>();
  #hasMarker = false;

  constructor(requests: Requests, id: string, generation: string) {
    this.#requests = requests;
    this.#id = id;
    this.#generation = generation;
  }

  /**
   * Puts the marker, and writes the content that is too large for a manifest.
   *
   * @throws {@link SessionExpiredError} when the session is lost, and the marker with it.
   */
  async run(pieces: Pieces): Promise<Uploaded> {
    const { client } = this.#requests;
    const onState = (state: ClientState): void => {
      if (state === 'lost') this.end(sessionLost());
      if (state === 'closed')
        this.end(new ClientClosedError('the client was closed during the upload; nothing was changed'));
    };
    client.on('state', onState);
    try {
      return await this.#run(new Blocks(pieces));
    } catch (error) {
      this.end(error);
      throw error;
    } finally {
      client.off('state', onState);
      await Promise.all(this.#inFlight);
    }
  }

  /** Ends the upload with an error, unless it has ended. */
  end(error: unknown): void {
    this.#ending.abort(error);
  }

  /** Removes what was written, once the upload has ended, unless it was committed. */
  async undo(): Promise<void> {
    if (!this.#hasMarker) return;
    const { layout } = this.#requests;
    await this.#requests.remove(layout.marker(this.#generation));
    // From now on it cannot be committed; it may have been, when its writer has given up asking.
    if (await this.#requests.exists(layout.receipt(this.#generation))) return;
    await this.#requests.removeGeneration(this.#generation);
  }

  async #run(blocks: Blocks): Promise<Uploaded> {
    const { inlineLimit, chunkSize, maxBlobSize } = this.#requests.options;
    const first = await this.#take(blocks, Math.min(inlineLimit, maxBlobSize) + 1);
    this.#check(first.length);
    await this.#putMarker();
    if (first.length <= inlineLimit) {
      const inline = Buffer.from(first);
      return { size: inline.length, sha256: sha256Of(inline), chunkSize: null, inline };
    }
    blocks.putBack(first);
    const hash = newSha256();
    await this.#create(this.#requests.layout.generation(this.#generation), Buffer.alloc(0));
    let size = 0;
    for (let index = 0; ; index += 1) {
      const block = await this.#take(blocks, chunkSize);
      size += block.length;
      this.#check(size);
      if (block.length === 0) break;
      const sent = this.#send(index, block, blocks);
      // While the chunk is on its way.
      hash.update(block);
      await sent;
      if (block.length < chunkSize) break;
    }
    await Promise.all(this.#inFlight);
    this.#check(size);
    return { size, sha256: hash.digest(), chunkSize, inline: null };
  }

  /** Does not wait for a source that stands still once the upload has ended. */
  #take(blocks: Blocks, size: number): Promise<Buffer> {
    return unlessAborted(blocks.take(size), this.#ending.signal);
  }

  #check(size: number): void {
    this.#ending.signal.throwIfAborted();
    if (size > this.#requests.options.maxBlobSize) throw tooLarge(this.#id, this.#requests.options.maxBlobSize);
  }

  async #putMarker(): Promise<void> {
    this.#hasMarker = true;
    const put = (): Promise<void> =>
      this.#requests.create(
        this.#requests.layout.marker(this.#generation),
        Buffer.alloc(0),
        'ephemeral',
        this.#ending.signal,
      );
    try {
      await put();
    } catch (error) {
      if (codeOf(error) !== 'NO_NODE') throw error;
      await this.#requests.createRoots();
      await put();
    }
  }

  /** Sends a chunk; waits while as many are in flight as the window has. */
  async #send(index: number, block: Buffer, blocks: Blocks): Promise<void> {
    const most = Math.max(1, Math.floor(BLOBS.window / this.#requests.options.chunkSize));
    const sent = this.#create(this.#requests.layout.chunk(this.#generation, index), block).catch((error: unknown) => {
      this.end(error);
    });
    this.#inFlight.add(sent);
    void sent.then(() => {
      this.#inFlight.delete(sent);
      blocks.free(block);
    });
    while (this.#inFlight.size >= most) await Promise.race(this.#inFlight);
  }

  async #create(path: string, data: Buffer): Promise<void> {
    try {
      await this.#requests.create(path, data, 'persistent', this.#ending.signal);
    } catch (error) {
      // Without its marker it was taken for garbage.
      throw codeOf(error) === 'NO_NODE' ? sessionLost() : error;
    }
  }
}

/** The error for a content that is larger than a storage takes. */
export function tooLarge(id: string, maxBlobSize: number): BlobTooLargeError {
  const message = `the content of ${quote(id)} is larger than the ${maxBlobSize} bytes of maxBlobSize; nothing was changed`;
  return new BlobTooLargeError(message, { id });
}

function sessionLost(): SessionExpiredError {
  return new SessionExpiredError('the session was lost during the upload; nothing was changed');
}
