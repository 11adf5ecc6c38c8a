import { parentOf } from '../../../lib/core/paths.js';
import type { Database } from '../../../lib/embedded/tree/database.js';
import type { Txn, TxnHeader } from '../../../lib/embedded/tree/txn.js';
import type { Aspect } from '../../oracle/moment.js';

/** The state of a path from one transaction on. */
interface Version {
  readonly from: bigint;
  /** -1 while there is no znode. */
  readonly mzxid: bigint;
  readonly pzxid: bigint;
  readonly data: string;
  readonly children: string;
}

const ABSENT = { mzxid: -1n, pzxid: -1n, data: '', children: '' };
export const ABSENT_STATE: HeldState = { mark: -1n, contents: '' };
const NEVER = 1n << 62n;

/** A state of one aspect: the zxid of its last change (-1 for "no znode") and its contents. */
export interface HeldState {
  readonly mark: bigint;
  readonly contents: string;
}

/** The transactions from which on, and until which, a state was held. */
export interface Span {
  readonly from: bigint;
  readonly to: bigint;
}

/** Every state that the ensemble ever held, by path. */
export class History {
  readonly #versions = new Map<string, Version[]>();
  readonly #written = new Map<string, number>();
  readonly #writers = new Map<string, bigint>();
  /** When a znode was last changed, by the virtual clock. */
  lastChangeAt = 0;

  /** Adds a transaction that `truth` has applied. */
  committed({ zxid, sessionId }: TxnHeader, transaction: Txn, truth: Database, now: number): void {
    for (const path of pathsOf(transaction)) {
      this.lastChangeAt = now;
      this.#note(path, zxid, truth);
      this.#note(parentOf(path) ?? '/', zxid, truth);
    }
    for (const data of dataOf(transaction)) {
      this.#written.set(data, this.timesWritten(data) + 1);
      this.#writers.set(data, sessionId);
    }
  }

  /** How many writes carried this data. */
  timesWritten(data: string): number {
    return this.#written.get(data) ?? 0;
  }

  /** The session that wrote this data. */
  writerOf(data: string): bigint | undefined {
    return this.#writers.get(data);
  }

  /** The newest state. */
  latest(path: string, aspect: Aspect): HeldState {
    return stateIn(this.#versions.get(path)?.at(-1) ?? { from: 0n, ...ABSENT }, aspect);
  }

  /**
   * The span during which a state was held: the earliest one that reaches beyond a transaction, or else the last one.
   * Undefined when the state was never held.
   */
  spanOf(path: string, aspect: Aspect, state: HeldState, seen: bigint): Span | undefined {
    const versions = this.#of(path);
    let found: Span | undefined;
    let to = NEVER;
    for (let index = versions.length - 1; index >= 0 && (to > seen || !found); index -= 1) {
      const { from } = versions[index] as Version;
      const { mark, contents } = stateIn(versions[index] as Version, aspect);
      const isSo = mark === state.mark && contents === state.contents;
      if (isSo) found = { from, to: found && found.from === to ? found.to : to };
      to = from;
    }
    return found;
  }

  /** The oldest state with these children that is newer than a mark, and lasted beyond a transaction. */
  nextChildren(path: string, contents: string, mark: bigint, seen: bigint): bigint | undefined {
    const versions = this.#of(path);
    let found: bigint | undefined;
    let to = NEVER;
    for (let index = versions.length - 1; index >= 0 && to > seen; index -= 1) {
      const { from, pzxid, children } = versions[index] as Version;
      if (pzxid !== -1n && pzxid > mark && children === contents) found = pzxid;
      to = from;
    }
    return found;
  }

  /** How many states of the children followed the one with the mark. */
  nextChanges(path: string, mark: bigint): number {
    const versions = this.#of(path);
    const index = versions.findLastIndex(({ pzxid }) => pzxid === mark);
    return versions.length - 1 - index;
  }

  /** The zxid of the last change of a znode at the moment of a transaction; null while there was no znode. */
  at(path: string, zxid: bigint): { readonly mzxid: bigint } | null {
    const version = this.#of(path).findLast(({ from }) => from <= zxid);
    return version && version.mzxid !== -1n ? version : null;
  }

  /** Whether there was no znode at some moment after a transaction. */
  wasMissingAfter(path: string, zxid: bigint): boolean {
    return this.#of(path).some(({ from, mzxid }) => from > zxid && mzxid === -1n);
  }

  contentsOf(path: string, aspect: Aspect, mark: bigint): string {
    const version = this.#of(path).findLast((each) => stateIn(each, aspect).mark === mark);
    return version ? stateIn(version, aspect).contents : '';
  }

  #of(path: string): readonly Version[] {
    return this.#versions.get(path) ?? [{ from: 0n, ...ABSENT }];
  }

  #note(path: string, from: bigint, { tree }: Database): void {
    const znode = tree.get(path);
    const next = znode
      ? {
          mzxid: znode.mzxid,
          pzxid: znode.pzxid,
          data: String(znode.data ?? ''),
          children: [...(znode.children ?? [])].sort().join(),
        }
      : ABSENT;
    const versions = this.#versions.get(path) ?? [{ from: 0n, ...ABSENT }];
    this.#versions.set(path, versions);
    if (versions.at(-1)?.from === from) versions.pop();
    versions.push({ from, ...next });
  }
}

function stateIn(version: Version, aspect: Aspect): HeldState {
  return aspect === 'data'
    ? { mark: version.mzxid, contents: version.data }
    : { mark: version.pzxid, contents: version.children };
}

function pathsOf(transaction: Txn): readonly string[] {
  if (transaction.type === 'multi') return transaction.txns.flatMap(pathsOf);
  if (transaction.type === 'closeSession') return transaction.paths;
  return 'path' in transaction ? [transaction.path] : [];
}

function dataOf(transaction: Txn): string[] {
  if (transaction.type === 'multi') return transaction.txns.flatMap(dataOf);
  const isData = transaction.type === 'create' || transaction.type === 'setData';
  return isData && transaction.data ? [String(transaction.data)] : [];
}
