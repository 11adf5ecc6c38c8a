import type { TreeChange, TreeNode } from '../changes/index.js';
import type { Tree } from '../tree/index.js';
import { BlobFile, type BlobSource } from './blob-file.js';
import type { BlobChange, BlobsCallback } from './blob-store.js';
import { corrupt, decodeManifest, isManifest, type Manifest } from './manifest.js';
import type { Requests } from './requests.js';
import { toGeneration } from './stored-generation.js';

/** The part of a controller that is told of what its changes amount to. */
interface Controller {
  /** A blob has changed. */
  stir(): void;
  /** A blob cannot be read. */
  failed(error: unknown): void;
}

/** Turns the changes of the tree of manifests into those of blobs. */
export class BlobChanges {
  readonly #requests: Requests;
  readonly #source: BlobSource;
  readonly #callback: BlobsCallback;
  readonly #controller: Controller;
  /** Whether the next call comes also without a change. */
  #isFirst: boolean;

  /** @param initial whether the first call is one of the callback, whatever there is */
  constructor(
    requests: Requests,
    source: BlobSource,
    callback: BlobsCallback,
    initial: boolean,
    controller: Controller,
  ) {
    this.#requests = requests;
    this.#source = source;
    this.#callback = callback;
    this.#isFirst = initial;
    this.#controller = controller;
  }

  /** The function of the watch of the tree. */
  readonly call = (_tree: Tree, changes: readonly TreeChange[]): unknown => {
    const found = changes.flatMap((change) => this.#toBlobChange(change) ?? []);
    if (found.length === 0 && !this.#isFirst) return undefined;
    this.#isFirst = false;
    this.#controller.stir();
    return this.#callback(found);
  };

  #toBlobChange({ path, zxid, node, before }: TreeChange): BlobChange | null {
    const id = this.#requests.layout.idOf(path);
    if (id === null) return null;
    const now = manifestOf(node);
    const was = manifestOf(before);
    if (typeof now === 'string') {
      if (node?.unreadable === false) this.#controller.failed(corrupt(id, path, now));
      return null;
    }
    if (now === null) return was === null ? null : Object.freeze({ type: 'deleted', id, file: null, position: zxid });
    if (typeof was === 'object' && was?.generation === now.generation) return null;
    const file = new BlobFile(this.#source, id, toGeneration(this.#requests, id, now, (node as TreeNode).stat));
    return Object.freeze({ type: was === null ? 'created' : 'modified', id, file, position: zxid });
  }
}

/** The manifest in a znode, or what is wrong with it; `null` for no blob. */
function manifestOf(node: TreeNode | null): Manifest | string | null {
  if (node === null) return null;
  const { data } = node;
  if (data === null) return 'it may not be read';
  return isManifest(data) ? decodeManifest(data) : null;
}
