import type { WatchedEvent } from '../lib/core/coordination-client.js';
import { NodeExistsError, NoNodeError } from '../lib/core/errors.js';
import { childOf, parentOf } from '../lib/core/paths.js';

/** A znode of the fake service. */
export interface FakeNode {
  readonly data: Buffer;
  readonly czxid: bigint;
  readonly mzxid: bigint;
  readonly pzxid: bigint;
  readonly version: number;
  readonly cversion: number;
  readonly aversion: number;
  readonly ephemeralOwner: bigint;
  readonly children: readonly string[];
}

/** The znodes of a server at one moment. */
export type FakeSnapshot = ReadonlyMap<string, FakeNode>;

/** The znodes of a coordination service. Its changes are synchronous, and so are its events. */
export class FakeTree {
  #nodes = new Map([['/', newNode('', 0n)]]);
  #zxid = 0n;
  readonly #fire: (event: WatchedEvent) => void;

  constructor(fire: (event: WatchedEvent) => void) {
    this.#fire = fire;
  }

  /** Stays as it is, whatever changes later. */
  snapshot(): FakeSnapshot {
    return new Map(this.#nodes);
  }

  /** The newest transaction. */
  get zxid(): bigint {
    return this.#zxid;
  }

  /** Goes back to an earlier state, as from a backup. Fires nothing. */
  restore(snapshot: FakeSnapshot, zxid: bigint): void {
    this.#nodes = new Map(snapshot);
    this.#zxid = zxid;
  }

  /** A change elsewhere: only the zxid grows. */
  pass(transactions = 1): void {
    this.#zxid += BigInt(transactions);
  }

  get(path: string): FakeNode | undefined {
    return this.#nodes.get(path);
  }

  create(path: string, data: Buffer | string = '', ephemeralOwner = 0n): void {
    this.#zxid += 1n;
    this.#add(path, data, ephemeralOwner);
    this.#existenceChanged('NodeCreated', path);
  }

  set(path: string, data: Buffer | string): void {
    const node = this.#existing(path);
    this.#zxid += 1n;
    this.#nodes.set(path, { ...node, data: Buffer.from(data), mzxid: this.#zxid, version: node.version + 1 });
    this.#fire({ type: 'NodeDataChanged', path });
  }

  /** As setAcl does: fires nothing. */
  touchAcl(path: string): void {
    const node = this.#existing(path);
    this.#zxid += 1n;
    this.#nodes.set(path, { ...node, aversion: node.aversion + 1 });
  }

  delete(path: string): void {
    this.#zxid += 1n;
    this.#remove(path);
    this.#existenceChanged('NodeDeleted', path);
  }

  /** Deletes and creates in one transaction. */
  replace(path: string, data: Buffer | string = ''): void {
    this.#zxid += 1n;
    this.#remove(path);
    this.#add(path, data);
    this.#existenceChanged('NodeDeleted', path);
    this.#existenceChanged('NodeCreated', path);
  }

  #existenceChanged(type: 'NodeCreated' | 'NodeDeleted', path: string): void {
    this.#fire({ type, path });
    this.#fire({ type: 'NodeChildrenChanged', path: parentOf(path) as string });
  }

  #existing(path: string): FakeNode {
    const node = this.#nodes.get(path);
    if (!node) throw new NoNodeError(`no ${path}`, { path });
    return node;
  }

  #add(path: string, data: Buffer | string, ephemeralOwner = 0n): void {
    if (this.#nodes.has(path)) throw new NodeExistsError(`${path} exists`, { path });
    this.#changeParent(path, (children, name) => [...children, name]);
    this.#nodes.set(path, newNode(data, this.#zxid, ephemeralOwner));
  }

  #remove(path: string): void {
    this.#existing(path);
    this.#changeParent(path, (children, name) => children.filter((child) => child !== name));
    this.#nodes.delete(path);
  }

  #changeParent(path: string, apply: (children: readonly string[], name: string) => readonly string[]): void {
    const parentPath = parentOf(path) as string;
    const parent = this.#existing(parentPath);
    const name = path.slice(childOf(parentPath, '').length);
    const children = apply(parent.children, name);
    this.#nodes.set(parentPath, { ...parent, children, pzxid: this.#zxid, cversion: parent.cversion + 1 });
  }
}

function newNode(data: Buffer | string, zxid: bigint, ephemeralOwner = 0n): FakeNode {
  const zxids = { czxid: zxid, mzxid: zxid, pzxid: zxid };
  return { data: Buffer.from(data), ...zxids, version: 0, cversion: 0, aversion: 0, ephemeralOwner, children: [] };
}
