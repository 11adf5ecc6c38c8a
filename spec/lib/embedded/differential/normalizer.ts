import type { Acl, Stat } from '../../../../lib/core/coordination-client.js';
import type { RawFrame, RawReply } from '../../../../testing/raw-session.js';
import { print } from './print.js';

/** The state of a server at the start of a program. */
export interface Baseline {
  /** The znode below which the program works. */
  readonly prefix: string;
  readonly zxid: bigint;
  /** The stat of the root. */
  readonly root: Stat;
}

const HOUR = 3_600_000;

/** Prints frames without the values that may differ between two servers of equal behaviour. */
export class Normalizer {
  readonly #baseline: Baseline;
  /** Matches the program's znode, and no longer name that begins with it. */
  readonly #prefix: RegExp;
  readonly #sessions = new Map<bigint, string>();
  /** The time of each transaction that a stat has shown. */
  readonly #times = new Map<bigint, number>();

  constructor(baseline: Baseline) {
    this.#baseline = baseline;
    this.#prefix = new RegExp(`${baseline.prefix}(?![0-9])`);
  }

  /** Prints the session by this name from now on. */
  name(sessionId: bigint, name: string): void {
    this.#sessions.set(sessionId, name);
  }

  frame(frame: RawFrame): string {
    if (frame.kind === 'event') {
      const { type, path, state, error } = frame;
      return `event ${type} ${print(this.path(path))} state ${state} zxid ${this.#zxid(frame.zxid)} error ${error}`;
    }
    return `reply ${frame.xid} zxid ${this.#replyZxid(frame)} ${this.content(frame)}`;
  }

  /** The part of a reply that does not depend on the time of its sending. */
  content(reply: RawReply): string {
    return `error ${reply.error}${reply.body === null ? '' : ` ${print(this.#value(reply.body))}`}`;
  }

  path(path: string): string {
    return path.replace(this.#prefix, '~');
  }

  /** Sorts the lists whose order is undefined. */
  #value(value: unknown): unknown {
    if (typeof value === 'string') return this.path(value);
    if (Array.isArray(value)) return value.map((item) => this.#value(item));
    if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, this.#field(name, field)]));
  }

  #field(name: string, field: unknown): unknown {
    switch (name) {
      case 'stat':
        return this.#stat(field as Stat);
      case 'children':
        return this.#children(field as string[]);
      case 'clientInfo':
        return (field as unknown[]).map(print).sort();
      case 'acl':
        return sortedDigests(field as Acl[]);
      default:
        return this.#value(field);
    }
  }

  /** Of the root's children, keeps the program's own and those that every server has. */
  #children(children: readonly string[]): string[] {
    const own = this.#baseline.prefix.slice(1);
    if (children.includes(own)) return children.includes('zookeeper') ? ['zookeeper', '~'] : ['~'];
    return children.map((child) => this.path(child)).sort();
  }

  #stat(stat: Stat): unknown {
    const { root } = this.#baseline;
    // Of the predefined znodes, programs change the children of the root only.
    const isRoot = stat.czxid === 0n && stat.pzxid !== 0n;
    return {
      czxid: this.#zxid(stat.czxid),
      mzxid: this.#zxid(stat.mzxid),
      pzxid: this.#zxid(stat.pzxid),
      version: stat.version,
      cversion: isRoot ? stat.cversion - root.cversion : stat.cversion,
      aversion: stat.aversion,
      owner: this.#sessions.get(stat.ephemeralOwner) ?? stat.ephemeralOwner,
      dataLength: stat.dataLength,
      numChildren: isRoot ? stat.numChildren - root.numChildren : stat.numChildren,
      times: this.#judgeTimes(stat),
    };
  }

  #judgeTimes({ czxid, mzxid, ctime, mtime }: Stat): string {
    if (czxid === 0n && ctime === 0) return 'of the beginning';
    if (Math.abs(Date.now() - ctime) > HOUR || Math.abs(Date.now() - mtime) > HOUR) return `${ctime} and ${mtime}`;
    if (mtime < ctime) return 'changed before it was created';
    return this.#isTime(czxid, ctime) && this.#isTime(mzxid, mtime) ? 'plausible' : 'two times of one transaction';
  }

  #isTime(zxid: bigint, time: number): boolean {
    if (!this.#times.has(zxid)) this.#times.set(zxid, time);
    return this.#times.get(zxid) === time;
  }

  #replyZxid(reply: RawReply): string {
    return reply.zxid === 0n ? '0' : this.#zxid(reply.zxid);
  }

  #zxid(zxid: bigint): string {
    if (zxid === -1n) return '-1';
    const since = zxid - this.#baseline.zxid;
    return since <= 0n ? 'before' : `+${since}`;
  }
}

/** The identities of a connection have no defined order. */
function sortedDigests(acl: readonly Acl[]): readonly unknown[] {
  const entries = acl.map(print);
  return acl.filter(({ scheme }) => scheme === 'digest').length > 1 ? entries.sort() : entries;
}
