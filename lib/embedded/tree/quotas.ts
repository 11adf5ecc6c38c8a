import { parentOf } from '../../core/paths.js';
import type { Znode } from './znode.js';

const ROOT = '/zookeeper/quota';
const LIMITS = 'zookeeper_limits';
const STATS = 'zookeeper_stats';

/** The part of the tree that quotas use. */
export interface QuotaTree {
  get(path: string): Znode | undefined;
  entries(): Iterable<[string, Znode]>;
}

/**
 * Counts the znodes and bytes below each path with a quota, in the znodes that ZooKeeper has for it. An exceeded quota
 * has no effect, as in a ZooKeeper without `enforceQuota`.
 */
export class Quotas {
  readonly #tree: QuotaTree;
  readonly #limited = new Set<string>();

  constructor(tree: QuotaTree) {
    this.#tree = tree;
  }

  /** A znode was created or restored. */
  placed(path: string): void {
    const limited = ownerOf(path, LIMITS);
    if (limited !== null) this.#limited.add(limited);
  }

  created(path: string, { data }: Znode): void {
    const counted = ownerOf(path, STATS);
    if (counted !== null) this.#recount(counted);
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
      if (stats) writeStats(stats, readField(stats, 'count') + count, readField(stats, 'bytes') + bytes);
      return;
    }
  }

  #recount(path: string): void {
    const stats = this.#statsOf(path);
    if (!stats) return;
    let count = 0;
    let bytes = 0;
    for (const [each, { data }] of this.#tree.entries()) {
      if (each !== path && !each.startsWith(`${path}/`)) continue;
      count += 1;
      bytes += data?.length ?? 0;
    }
    writeStats(stats, count, bytes);
  }

  #statsOf(path: string): Znode | undefined {
    return this.#tree.get(`${ROOT}${path}/${STATS}`);
  }
}

/** The path whose quota the znode with this name belongs to; `null` for other znodes. */
function ownerOf(path: string, name: string): string | null {
  const belongs =
    path.startsWith(`${ROOT}/`) && path.endsWith(`/${name}`) && path.length > ROOT.length + name.length + 1;
  return belongs ? path.slice(ROOT.length, -name.length - 1) : null;
}

function readField({ data }: Znode, name: string): number {
  return Number(new RegExp(`${name}=(-?\\d+)`).exec(String(data))?.[1] ?? 0);
}

/** Keeps the version: no client wrote this. */
function writeStats(stats: Znode, count: number, bytes: number): void {
  stats.data = Buffer.from(`count=${count},bytes=${bytes}`);
}
