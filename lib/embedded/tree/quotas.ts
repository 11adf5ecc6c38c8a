import { parentOf } from '../../core/paths.js';
import type { Znode } from './znode.js';

const ROOT = '/zookeeper/quota';
const LIMITS = 'zookeeper_limits';
const STATS = 'zookeeper_stats';

/** The znodes by their path, as far as quotas look at them. */
export interface QuotaTree {
  get(path: string): Znode | undefined;
  entries(): Iterable<[string, Znode]>;
}

/**
 * Keeps count of the znodes and bytes below the paths that have a quota, in the znodes that ZooKeeper has for it. A quota
 * that is exceeded forbids nothing, as in a ZooKeeper that was not told to enforce quotas.
 */
export class Quotas {
  readonly #tree: QuotaTree;
  readonly #limited = new Set<string>();

  constructor(tree: QuotaTree) {
    this.#tree = tree;
  }

  /** A znode is there, made now or restored. */
  placed(path: string): void {
    const limited = ownerOf(path, LIMITS);
    if (limited !== null) this.#limited.add(limited);
  }

  created(path: string, { data }: Znode): void {
    const counted = ownerOf(path, STATS);
    if (counted !== null) this.#countAnew(counted);
    this.#add(path, 1, data?.length ?? 0);
  }

  deleted(path: string, { data }: Znode): void {
    const limited = ownerOf(path, LIMITS);
    if (limited !== null) this.#limited.delete(limited);
    this.#add(path, -1, -(data?.length ?? 0));
  }

  dataChanged(path: string, bytes: number): void {
    this.#add(path, 0, bytes);
  }

  #add(path: string, count: number, bytes: number): void {
    if (this.#limited.size === 0) return;
    for (let at: string | null = path; at !== null; at = parentOf(at)) {
      if (!this.#limited.has(at)) continue;
      const stats = this.#statsOf(at);
      if (stats) write(stats, read(stats, 'count') + count, read(stats, 'bytes') + bytes);
      return;
    }
  }

  #countAnew(path: string): void {
    const stats = this.#statsOf(path);
    if (!stats) return;
    let count = 0;
    let bytes = 0;
    for (const [each, { data }] of this.#tree.entries()) {
      if (each !== path && !each.startsWith(`${path}/`)) continue;
      count += 1;
      bytes += data?.length ?? 0;
    }
    write(stats, count, bytes);
  }

  #statsOf(path: string): Znode | undefined {
    return this.#tree.get(`${ROOT}${path}/${STATS}`);
  }
}

/** The path whose quota a znode of this name is about; `null` when it is about none. */
function ownerOf(path: string, name: string): string | null {
  const isAbout =
    path.startsWith(`${ROOT}/`) && path.endsWith(`/${name}`) && path.length > ROOT.length + name.length + 1;
  return isAbout ? path.slice(ROOT.length, -name.length - 1) : null;
}

function read({ data }: Znode, name: string): number {
  return Number(new RegExp(`${name}=(-?\\d+)`).exec(String(data))?.[1] ?? 0);
}

/** Without a new version: the server writes it, and no client. */
function write(stats: Znode, count: number, bytes: number): void {
  stats.data = Buffer.from(`count=${count},bytes=${bytes}`);
}
