import { comparePaths, isWithin } from '../changes/index.js';

/** A value that knows its path. */
export interface Placed {
  readonly path: string;
}

type Chunks<N> = readonly (readonly N[])[];

/** Items per chunk: an edit copies a chunk, and the list of chunks once. */
const LARGEST = 512;
/** A smaller chunk is joined with its neighbour, if there is room. */
const SMALL = LARGEST / 4;

/**
 * Values by path, sorted so that each is followed by everything below it. Immutable: `edit()` makes a changed one,
 * which shares most of its memory with this one. Takes about twelve bytes per value besides the value.
 */
export class PathMap<N extends Placed> implements Iterable<N> {
  protected chunks: Chunks<N>;
  protected count: number;
  /** All paths are equal before this index. */
  protected readonly common: number;
  /** The place of the last path that was looked for: the first value that is not before it. The next is often near. */
  protected chunkAt = 0;
  protected indexAt = 0;

  protected constructor(chunks: Chunks<N>, count: number, common: number) {
    this.chunks = chunks;
    this.count = count;
    this.common = common;
  }

  /** @param root of all paths */
  static below<N extends Placed>(root: string): PathMap<N> {
    return new PathMap<N>([], 0, root.length);
  }

  get size(): number {
    return this.count;
  }

  get(path: string): N | undefined {
    this.find(path);
    const item = this.chunks[this.chunkAt]?.[this.indexAt];
    return item?.path === path ? item : undefined;
  }

  /** The values from a path on. */
  *from(path: string): Generator<N> {
    const cursor = new Cursor(this.chunks, path, this.common);
    for (let { item } = cursor; item !== undefined; item = cursor.next()) yield item;
  }

  /** The value of a path and all below it. */
  *under(path: string): Generator<N> {
    for (const item of this.from(path)) {
      if (!isWithin(path, item.path)) return;
      yield item;
    }
  }

  /** The values one level below a path, sorted by name. */
  *children(path: string): Generator<N> {
    const cursor = new Cursor(this.chunks, path, this.common);
    let { item } = cursor;
    if (item?.path === path) item = cursor.next();
    while (item !== undefined && isWithin(path, item.path)) {
      yield item;
      const child: string = item.path;
      item = cursor.next();
      if (item !== undefined && isWithin(child, item.path)) item = cursor.seek(endOf(child));
    }
  }

  [Symbol.iterator](): Generator<N> {
    return this.from('/');
  }

  edit(): PathMapEditor<N> {
    return new PathMapEditor(this.chunks, this.count, this.common);
  }

  /** Finds the place of a path. Its chunk is the last that begins with the path or before it; else the first. */
  protected find(path: string): void {
    const { chunks, common, chunkAt, indexAt } = this;
    const chunk = chunks[chunkAt] ?? [];
    // Values often come in order.
    const isSame = isPlace(chunk, indexAt, path, common);
    if (isSame || isPlace(chunk, indexAt + 1, path, common)) {
      if (!isSame) this.indexAt += 1;
      // Behind the last one of the chunk, the path may belong to the next.
      if (this.indexAt < chunk.length || !beginsBy(chunks, chunkAt + 1, path, common)) return;
    }
    if (!beginsBy(chunks, chunkAt, path, common) || beginsBy(chunks, chunkAt + 1, path, common)) {
      this.chunkAt = chunkOf(chunks, path, common);
    }
    this.indexAt = indexIn(chunks[this.chunkAt] ?? [], path, common);
  }

  protected static frozen<N extends Placed>(chunks: Chunks<N>, count: number, common: number): PathMap<N> {
    return new PathMap(chunks, count, common);
  }
}

/** A PathMap that changes. It owns the chunks that it has copied since the last `commit()`. */
export class PathMapEditor<N extends Placed> extends PathMap<N> {
  readonly #owned = new Set<readonly N[]>();
  #ownsList = false;

  /** @internal */
  constructor(chunks: Chunks<N>, count: number, common: number) {
    super(chunks, count, common);
  }

  /** Adds a value, or replaces the one of the same path. */
  set(item: N): void {
    if (this.chunks.length === 0) {
      this.#insertChunk(0, [item]);
      this.count = 1;
      return;
    }
    this.find(item.path);
    const { chunkAt: at, indexAt: index } = this;
    const chunk = this.#own(at);
    if (chunk[index]?.path === item.path) {
      chunk[index] = item;
      return;
    }
    this.count += 1;
    // Values that come in order fill one chunk after the other.
    if (index === LARGEST) return this.#insertChunk(at + 1, [item]);
    if (index === chunk.length) chunk.push(item);
    else chunk.splice(index, 0, item);
    if (chunk.length > LARGEST) this.#insertChunk(at + 1, chunk.splice(LARGEST / 2));
  }

  /**
   * Removes values of a path and of all below it: the last ones, so that none is left without the one above it.
   *
   * @param most removes no more than so many
   * @returns the values removed; none when none was left.
   */
  takeLast(path: string, most: number): N[] {
    const end = new Cursor(this.chunks, endOf(path), this.common);
    const at = end.index === 0 ? end.chunk - 1 : end.chunk;
    const known = this.chunks[at];
    if (!known) return [];
    const endIndex = end.index === 0 ? known.length : end.index;
    const start = Math.max(indexIn(known, path, this.common), endIndex - most);
    if (start >= endIndex) return [];
    const taken = this.#own(at).splice(start, endIndex - start);
    this.count -= taken.length;
    this.#shrunk(at);
    return taken;
  }

  /** The values now. Later edits do not change them. */
  commit(): PathMap<N> {
    this.#owned.clear();
    this.#ownsList = false;
    return PathMap.frozen(this.chunks, this.count, this.common);
  }

  #list(): (readonly N[])[] {
    if (!this.#ownsList) this.chunks = [...this.chunks];
    this.#ownsList = true;
    return this.chunks as (readonly N[])[];
  }

  #own(at: number): N[] {
    const chunk = this.chunks[at] as readonly N[];
    if (this.#owned.has(chunk)) return chunk as N[];
    const copy = [...chunk];
    this.#list()[at] = copy;
    this.#owned.add(copy);
    return copy;
  }

  #insertChunk(at: number, chunk: N[]): void {
    this.#list().splice(at, 0, chunk);
    this.#owned.add(chunk);
  }

  #removeChunk(at: number): void {
    for (const chunk of this.#list().splice(at, 1)) this.#owned.delete(chunk);
  }

  #shrunk(at: number): void {
    const { length } = this.chunks[at] as readonly N[];
    if (length === 0) return this.#removeChunk(at);
    if (length > SMALL) return;
    const left = at > 0 ? at - 1 : at;
    const right = this.chunks[left + 1];
    if (!right || (this.chunks[left] as readonly N[]).length + right.length > LARGEST / 2) return;
    this.#own(left).push(...right);
    this.#removeChunk(left + 1);
  }
}

/** A place between the values. */
class Cursor<N extends Placed> {
  chunk = 0;
  index = 0;
  readonly #chunks: Chunks<N>;
  readonly #common: number;

  constructor(chunks: Chunks<N>, path: string, common: number) {
    this.#chunks = chunks;
    this.#common = common;
    this.seek(path);
  }

  get item(): N | undefined {
    return this.#chunks[this.chunk]?.[this.index];
  }

  next(): N | undefined {
    this.index += 1;
    return this.#settle();
  }

  /** Goes to the first value that is not before a path. */
  seek(path: string): N | undefined {
    this.chunk = chunkOf(this.#chunks, path, this.#common);
    this.index = indexIn(this.#chunks[this.chunk] ?? [], path, this.#common);
    return this.#settle();
  }

  #settle(): N | undefined {
    if (this.index === this.#chunks[this.chunk]?.length) {
      this.chunk += 1;
      this.index = 0;
    }
    return this.item;
  }
}

/** Whether the path belongs there, behind a value that is before it. */
function isPlace<N extends Placed>(chunk: readonly N[], index: number, path: string, common: number): boolean {
  // Reads nothing beside the chunk, which is slow.
  if (index === 0 || index > chunk.length) return false;
  if (comparePaths((chunk[index - 1] as N).path, path, common) >= 0) return false;
  return index === chunk.length || comparePaths(path, (chunk[index] as N).path, common) <= 0;
}

/** Comes directly after everything below a path. */
function endOf(path: string): string {
  return path === '/' ? '/\uffff' : `${path}\0`;
}

/** Whether there is such a chunk, and the path is not before it. */
function beginsBy<N extends Placed>(chunks: Chunks<N>, at: number, path: string, common: number): boolean {
  const first = chunks[at]?.[0];
  return first !== undefined && comparePaths(first.path, path, common) <= 0;
}

function chunkOf<N extends Placed>(chunks: Chunks<N>, path: string, common: number): number {
  let [low, high] = [0, chunks.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (comparePaths((chunks[middle] as readonly [N])[0].path, path, common) <= 0) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The index of the first value that is not before the path. */
function indexIn<N extends Placed>(chunk: readonly N[], path: string, common: number): number {
  const last = chunk.at(-1);
  // Values often come in order.
  if (last && comparePaths(last.path, path, common) < 0) return chunk.length;
  let [low, high] = [0, chunk.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (comparePaths((chunk[middle] as N).path, path, common) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
