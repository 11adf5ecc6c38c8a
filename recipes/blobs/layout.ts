import { childOf } from '../../lib/core/paths.js';
import { decodeBlobId, encodeBlobId } from './blob-id.js';

/** Where a storage keeps what: the paths of its znodes. */
export class Layout {
  readonly root: string;
  /** Manifests, by id. Its data changes with each deletion, so that a condition can be that there was none. */
  readonly manifests: string;
  /** Chunks, by generation. */
  readonly chunks: string;
  /** Receipts of transactions, whose answers may have been lost. */
  readonly receipts: string;
  /** Ephemeral markers of generations that are being written. */
  readonly markers: string;

  constructor(root: string) {
    this.root = root;
    this.manifests = childOf(root, 'm');
    this.chunks = childOf(root, 'c');
    this.receipts = childOf(root, 'r');
    this.markers = childOf(root, 'u');
  }

  manifest(id: string): string {
    return `${this.manifests}/${encodeBlobId(id)}`;
  }

  /** The znodes between `manifests` and the manifest, from the top. */
  above(id: string): string[] {
    const segments = encodeBlobId(id).split('/').slice(0, -1);
    return segments.map((_, index) => `${this.manifests}/${segments.slice(0, index + 1).join('/')}`);
  }

  generation(generation: string): string {
    return `${this.chunks}/${generation}`;
  }

  chunk(generation: string, index: number): string {
    return `${this.chunks}/${generation}/${index}`;
  }

  marker(generation: string): string {
    return `${this.markers}/${generation}`;
  }

  receipt(name: string): string {
    return `${this.receipts}/${name}`;
  }

  /** The id of a manifest's path; `null` when no id has it. */
  idOf(path: string): string | null {
    return path.startsWith(`${this.manifests}/`) ? decodeBlobId(path.slice(this.manifests.length + 1)) : null;
  }
}
