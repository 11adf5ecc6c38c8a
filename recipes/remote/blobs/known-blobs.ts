import { parseZxid } from '../../../lib/core/parse-zxid.js';
import { fromWireBlob } from '../../blobs/faces.js';
import type { BlobInfo } from '../../blobs/index.js';

/** An answer to a request for changes. */
export interface Answer {
  readonly position: bigint;
  readonly cursor: string;
  readonly isReset: boolean;
  readonly states: ReadonlyMap<string, BlobInfo | null>;
}

/** Takes an answer to its parts; `null` for what is none. */
export function parseAnswer(wire: unknown): Answer | null {
  const { position: text, cursor, reset, changes } = (wire ?? {}) as Record<string, unknown>;
  const position = parseZxid(text);
  if (position === undefined || typeof cursor !== 'string' || !Array.isArray(changes)) return null;
  const states = new Map<string, BlobInfo | null>();
  for (const change of changes as { id?: unknown; blob?: unknown }[]) {
    const blob = change?.blob === null ? null : fromWireBlob(change?.blob);
    if (typeof change?.id !== 'string' || (blob === null && change.blob !== null)) return null;
    states.set(change.id, blob);
  }
  return { position, cursor, isReset: reset === true, states };
}

/** The blobs that are known, for all watches of a storage. */
export class KnownBlobs {
  readonly #blobs = new Map<string, BlobInfo>();

  get(id: string): BlobInfo | null {
    return this.#blobs.get(id) ?? null;
  }

  /** Those whose ids begin with a prefix. */
  under(prefix: string): Map<string, BlobInfo> {
    return new Map([...this.#blobs].filter(([id]) => id.startsWith(prefix)));
  }

  /** Takes an answer in. Returns the ids of the blobs that have changed. */
  take({ states, isReset }: Answer): Set<string> {
    const changed = new Set<string>();
    const gone = isReset ? [...this.#blobs.keys()].filter((id) => !states.has(id)) : [];
    for (const [id, blob] of [...states, ...gone.map((id) => [id, null] as const)]) {
      if (this.#blobs.get(id)?.etag === blob?.etag) continue;
      changed.add(id);
      if (blob) this.#blobs.set(id, blob);
      else this.#blobs.delete(id);
    }
    return changed;
  }

  /** Forgets the blobs that nobody watches any more. */
  keep(isWatched: (id: string) => boolean): void {
    for (const id of [...this.#blobs.keys()]) if (!isWatched(id)) this.#blobs.delete(id);
  }
}
