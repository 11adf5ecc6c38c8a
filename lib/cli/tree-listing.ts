import { NoAuthError, NoNodeError, type Stat, type ZooKeeperClient, ZooKeeperError } from '../../index.js';
import { childOf } from '../core/paths.js';
import { COMMAND } from './limits.js';

const { listedAtOnce } = COMMAND;

/** A znode of a listing. */
export interface ListedZnode {
  readonly path: string;
  /** `null` when the server keeps it from those who may not read. */
  readonly stat: Stat | null;
  /** `null` when they may not be read. */
  readonly children: readonly string[] | null;
}

/** The part of a client that a listing needs. */
export type ListingClient = Pick<ZooKeeperClient, 'exists' | 'readMany'>;

/** A znode and all below it, as far as they may be read. */
export class TreeListing implements Iterable<ListedZnode> {
  readonly #client: ListingClient;
  readonly #root: string;
  readonly #znodes = new Map<string, ListedZnode>();
  readonly #unreadable: string[] = [];
  #vanished = 0;

  private constructor(client: ListingClient, root: string) {
    this.#client = client;
    this.#root = root;
  }

  /** @throws the error of reading the root. */
  static async read(client: ListingClient, root: string): Promise<TreeListing> {
    const listing = new TreeListing(client, root);
    for (let level = [root]; level.length > 0; ) {
      const next: string[][] = [];
      for (let start = 0; start < level.length; start += listedAtOnce) {
        next.push(await listing.#read(level.slice(start, start + listedAtOnce)));
      }
      level = next.flat();
    }
    return listing;
  }

  /** The znodes whose children may not be read. */
  get unreadable(): readonly string[] {
    return this.#unreadable;
  }

  /** The number of znodes that were deleted after the list of children with their name had been read. */
  get vanished(): number {
    return this.#vanished;
  }

  /** Gives parents before their children, and siblings sorted by name. */
  *[Symbol.iterator](): Generator<ListedZnode> {
    const paths = [this.#root];
    for (let path = paths.pop(); path !== undefined; path = paths.pop()) {
      const znode = this.#znodes.get(path);
      if (!znode) continue;
      yield znode;
      for (const name of [...(znode.children ?? [])].sort().reverse()) paths.push(childOf(path, name));
    }
  }

  /** Returns the paths of the children. */
  async #read(paths: readonly string[]): Promise<string[]> {
    const results = await this.#client.readMany(paths, { data: false });
    const below: string[] = [];
    const failed: Promise<void>[] = [];
    for (const [index, result] of results.entries()) {
      const path = paths[index] as string;
      if (result instanceof ZooKeeperError) failed.push(this.#failed(path, result));
      else {
        const { stat, children } = result;
        this.#znodes.set(path, { path, stat, children });
        for (const name of children) below.push(childOf(path, name));
      }
    }
    await Promise.all(failed);
    return below;
  }

  async #failed(path: string, error: ZooKeeperError): Promise<void> {
    const isListed = path !== this.#root && (error instanceof NoAuthError || error instanceof NoNodeError);
    if (!isListed) throw error;
    const stat = error instanceof NoAuthError ? await this.#statOf(path) : null;
    if (stat) {
      this.#znodes.set(path, { path, stat: stat === 'hidden' ? null : stat, children: null });
      this.#unreadable.push(path);
    } else this.#vanished += 1;
  }

  /** Needs no permission with older servers (ZOOKEEPER-2590). */
  async #statOf(path: string): Promise<Stat | 'hidden' | null> {
    try {
      return await this.#client.exists(path);
    } catch (error) {
      if (error instanceof NoAuthError) return 'hidden';
      throw error;
    }
  }
}
