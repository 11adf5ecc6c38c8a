import { unlessAborted } from '../../lib/core/abort.js';
import { codeOf } from '../../lib/core/errors.js';
import { type Change, commit, type Moment, type Plan } from './commit.js';
import { mediaTypeFor, type WritableContent } from './content.js';
import { BLOBS } from './limits.js';
import { encodeManifest, type Manifest, toInfo } from './manifest.js';
import { checkConditions, type Found, findZnode, isConditional } from './reading.js';
import type { Requests } from './requests.js';
import type { Retirement } from './retirement.js';
import type { BlobInfo, PutOptions } from './types.js';
import { tooLarge, Upload } from './upload.js';

/** Writes one blob: again from the beginning when the session is lost before the commit. */
export class Put {
  readonly #requests: Requests;
  readonly #retirement: Retirement;
  readonly #id: string;
  readonly #content: WritableContent;
  readonly #mediaType: string;
  readonly #options: PutOptions;

  /** The arguments are valid. @throws {@link InvalidArgumentError} when the content has what is no media type */
  constructor(requests: Requests, retirement: Retirement, id: string, content: WritableContent, options: PutOptions) {
    this.#requests = requests;
    this.#retirement = retirement;
    this.#id = id;
    this.#content = content;
    this.#mediaType = mediaTypeFor(content, options.mediaType);
    this.#options = options;
  }

  async run(): Promise<BlobInfo> {
    const { signal } = this.#options;
    signal?.throwIfAborted();
    await unlessAborted(this.#check(), signal);
    for (let restarts = 0; ; restarts += 1) {
      try {
        return await this.#attempt();
      } catch (error) {
        const isOver = codeOf(error) !== 'SESSION_EXPIRED' || !this.#content.isRepeatable;
        if (isOver || signal?.aborted || restarts >= BLOBS.restarts) throw error;
      }
    }
  }

  /** Refuses what can be refused before anything is written. */
  async #check(): Promise<void> {
    const { maxBlobSize } = this.#requests.options;
    if (((await this.#content.size()) ?? 0) > maxBlobSize) throw tooLarge(this.#id, maxBlobSize);
    if (isConditional(this.#options))
      checkConditions(this.#id, await findZnode(this.#requests, this.#id), this.#options);
  }

  /** Writes one generation. */
  async #attempt(): Promise<BlobInfo> {
    const generation = globalThis.crypto.randomUUID();
    const upload = new Upload(this.#requests, this.#id, generation);
    const { signal } = this.#options;
    const opening = this.#content.open();
    const uploading = opening.then((pieces) => upload.run(pieces));
    try {
      const uploaded = await unlessAborted(uploading, signal);
      const { meta = {} } = this.#options;
      return await this.#commit({ generation, mediaType: this.#mediaType, meta: { ...meta }, ...uploaded });
    } catch (error) {
      upload.end(error);
      opening.then(({ close }) => close()).catch(() => {});
      const undo = (): Promise<void> => upload.undo();
      // In the background: whoever aborts does not wait for servers, and what is left is garbage, to be collected.
      uploading.then(undo, undo).catch(() => {});
      throw error;
    }
  }

  async #commit(manifest: Manifest): Promise<BlobInfo> {
    const { layout } = this.#requests;
    const marker = layout.marker(manifest.generation);
    const change: Change<BlobInfo> = {
      receipt: manifest.generation,
      plan: () => unlessAborted(this.#plan(manifest, marker), this.#options.signal),
      guard: {
        stands: async () => (await this.#requests.exists(marker)) !== null,
        remove: async () => void (await this.#requests.remove(marker)),
      },
    };
    return (await commit(this.#requests, change)) as BlobInfo;
  }

  async #plan(manifest: Manifest, marker: string): Promise<Plan<BlobInfo>> {
    const { layout, options } = this.#requests;
    const { generation } = manifest;
    const acl = [...options.acl];
    const path = layout.manifest(this.#id);
    // First: a deletion after this would be one that the version of the manifest does not show.
    const deletions = isConditional(this.#options) ? await this.#requests.exists(layout.manifests) : null;
    const found = await findZnode(this.#requests, this.#id);
    checkConditions(this.#id, found, this.#options);
    const missing = found ? [] : await this.#missingAbove();
    return {
      addTo: (transaction) => {
        transaction.delete(marker);
        if (deletions) transaction.check(layout.manifests, deletions.version);
        for (const each of found ? missing : [...missing, path]) transaction.create(each, '', { acl });
        transaction.setData(path, encodeManifest(manifest), found?.stat.version ?? 0);
      },
      done: (moment) => this.#done(manifest, found, generation, moment),
    };
  }

  #done(manifest: Manifest, found: Found | null, generation: string, moment: Moment): BlobInfo {
    const old = found?.manifest;
    if (old && old.chunkSize !== null && old.generation !== generation) this.#retirement.add(old.generation);
    return toInfo(this.#id, manifest, moment);
  }

  async #missingAbove(): Promise<string[]> {
    const above = this.#requests.layout.above(this.#id);
    const stats = await Promise.all(above.map((path) => this.#requests.exists(path)));
    return above.filter((_, index) => stats[index] === null);
  }
}
