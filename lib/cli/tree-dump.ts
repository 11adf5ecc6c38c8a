import { type Acl, NoAuthError, NoNodeError, type Stat, type ZooKeeperClient, ZooKeeperError } from '../../index.js';
import { childOf } from '../core/paths.js';
import { COMMAND } from './limits.js';

const { firstBatch, largestBatch, batchSize, keptSize } = COMMAND.dump;

/** A znode of a dump. */
export interface DumpedZnode {
  readonly path: string;
  readonly data: Buffer;
  readonly stat: Stat;
  /** Missing unless it was asked for. */
  readonly acl?: readonly Acl[];
}

/** A znode that was read, with its children; or the error of its read. */
type Read = (DumpedZnode & { readonly children: readonly string[] }) | ZooKeeperError;

/** The part of a client that a dump needs. */
type DumpingClient = Pick<ZooKeeperClient, 'getAcl' | 'readMany'>;

interface DumpOptions {
  readonly hasAcl: boolean;
  /** The number of levels below the root. */
  readonly depth: number;
  /** Whether the znode, and all below it, is left out. */
  readonly isLeftOut: (path: string) => boolean;
}

/** Siblings that are still to be given out. */
class Siblings {
  readonly depth: number;
  readonly #paths: readonly string[];
  #next = 0;
  #reads: Read[] = [];

  constructor(paths: readonly string[], depth: number) {
    this.#paths = paths;
    this.depth = depth;
  }

  get isDone(): boolean {
    return this.#next >= this.#paths.length;
  }

  get isRead(): boolean {
    return this.#reads.length > 0;
  }

  /** The paths that come next. */
  ahead(count: number): readonly string[] {
    return this.#paths.slice(this.#next, this.#next + count);
  }

  keep(reads: readonly Read[]): void {
    this.#reads = [...reads];
  }

  /** Returns the number of bytes that are let go; they are read again. */
  forget(): number {
    const bytes = sizeOf(this.#reads);
    this.#reads = [];
    return bytes;
  }

  take(): readonly [string, Read] {
    const path = this.#paths[this.#next] as string;
    this.#next += 1;
    return [path, this.#reads.shift() as Read];
  }
}

/**
 * A znode and all below it, parents before their children and siblings sorted by name. Holds the names of the siblings
 * on the way to the root, and data up to a limit, but never the tree.
 */
export class TreeDump implements AsyncIterable<DumpedZnode> {
  readonly #client: DumpingClient;
  readonly #root: string;
  readonly #options: DumpOptions;
  readonly #unreadable: string[] = [];
  #vanished = 0;
  #batch: number = firstBatch;
  /** Bytes. */
  #kept = 0;

  constructor(client: DumpingClient, root: string, options: DumpOptions) {
    this.#client = client;
    this.#root = root;
    this.#options = options;
  }

  /** The znodes that may not be read: all below them is missing too. */
  get unreadable(): readonly string[] {
    return this.#unreadable;
  }

  /** The number of znodes that were deleted after the list of children with their name had been read. */
  get vanished(): number {
    return this.#vanished;
  }

  /** @throws the error of reading the root, and of each read that fails for another reason than the znode's. */
  async *[Symbol.asyncIterator](): AsyncGenerator<DumpedZnode> {
    const way = [new Siblings([this.#root], 0)];
    for (let level = way.at(-1); level !== undefined; level = way.at(-1)) {
      if (level.isDone) {
        way.pop();
        continue;
      }
      if (!level.isRead) await this.#read(level, way);
      const [path, read] = level.take();
      if (read instanceof ZooKeeperError) {
        this.#failed(path, read);
        continue;
      }
      const { children, ...znode } = read;
      this.#kept -= znode.data.length;
      yield znode;
      if (level.depth >= this.#options.depth) continue;
      const below = [...children].sort().map((name) => childOf(path, name));
      way.push(
        new Siblings(
          below.filter((child) => !this.#options.isLeftOut(child)),
          level.depth + 1,
        ),
      );
    }
  }

  async #read(level: Siblings, way: readonly Siblings[]): Promise<void> {
    const paths = level.ahead(this.#batch);
    const results = await this.#client.readMany(paths);
    const reads = await Promise.all(results.map((result, index) => this.#complete(paths[index] as string, result)));
    const bytes = sizeOf(reads);
    this.#batch = bytes > batchSize ? Math.max(1, this.#batch >> 1) : Math.min(largestBatch, this.#batch * 2);
    level.keep(reads);
    this.#kept += bytes;
    for (const other of way) {
      if (this.#kept <= keptSize) return;
      if (other !== level) this.#kept -= other.forget();
    }
  }

  async #complete(path: string, result: Awaited<ReturnType<DumpingClient['readMany']>>[number]): Promise<Read> {
    if (result instanceof ZooKeeperError) return result;
    const { data, stat, children } = result;
    if (!this.#options.hasAcl) return { path, data, stat, children };
    try {
      const { acl } = await this.#client.getAcl(path);
      return { path, data, stat, children, acl };
    } catch (error) {
      if (error instanceof NoNodeError || error instanceof NoAuthError) return error;
      throw error;
    }
  }

  #failed(path: string, error: ZooKeeperError): void {
    if (path === this.#root) throw error;
    if (error instanceof NoAuthError) this.#unreadable.push(path);
    else if (error instanceof NoNodeError) this.#vanished += 1;
    else throw error;
  }
}

function sizeOf(reads: readonly Read[]): number {
  return reads.reduce((sum, read) => sum + (read instanceof ZooKeeperError ? 0 : read.data.length), 0);
}
