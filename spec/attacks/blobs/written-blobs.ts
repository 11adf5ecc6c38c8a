import type { WireChanges } from '../../../recipes/blobs/faces.js';

/** The writes: the generations of each blob in their order, with `null` for a deletion. */
export class WrittenBlobs {
  readonly #states = new Map<string, (string | null)[]>();
  readonly #places = new Map<string, number>();

  constructor(ids: readonly string[]) {
    for (const id of ids) this.#states.set(id, [null]);
  }

  add(id: string, etag: string | null): void {
    const states = this.#statesOf(id);
    if (etag !== null) this.#places.set(etag, states.length);
    states.push(etag);
  }

  newest(id: string): string | null {
    return this.#statesOf(id).at(-1) ?? null;
  }

  /** Whether a client that knows these etags by id knows the newest state of each of these blobs. */
  areNewest(ids: readonly string[], known: ReadonlyMap<string, string>): boolean {
    return ids.every((id) => this.newest(id) === (known.get(id) ?? null));
  }

  /** The first state in a client's order that is none, or that is older than one before it; `null`: there is none. */
  flawOf(heard: readonly (readonly [id: string, etag: string | null])[]): string | null {
    const reached = new Map<string, number>();
    for (const [id, etag] of heard) {
      const before = reached.get(id) ?? 0;
      const place = etag === null ? this.#statesOf(id).indexOf(null, before) : (this.#places.get(etag) ?? -1);
      if (place === -1) return `${id} was ${etag ?? 'deleted'} after state ${before}, which nobody made`;
      if (place < before) return `${id} went back from state ${before} to ${place}`;
      reached.set(id, place);
    }
    return null;
  }

  #statesOf(id: string): (string | null)[] {
    const states = this.#states.get(id);
    if (!states) throw new Error(`nobody writes ${id}`);
    return states;
  }
}

/** The states that one client has heard of since it began: it never forgets. */
export class Heard {
  /** In the order in which it heard of them. */
  readonly states: (readonly [id: string, etag: string | null])[] = [];
  readonly known = new Map<string, string>();

  /** The blob is this now. */
  state(id: string, etag: string | null): void {
    this.states.push([id, etag]);
    if (etag === null) this.known.delete(id);
    else this.known.set(id, etag);
  }

  /** An answer of a server. */
  answer({ changes, reset }: WireChanges): void {
    const listed = new Set(changes.map(({ id }) => id));
    const gone = reset ? [...this.known.keys()].filter((id) => !listed.has(id)) : [];
    for (const id of gone) this.state(id, null);
    for (const { id, blob } of changes) this.state(id, blob?.etag ?? null);
  }
}
