import {
  Checkpoint,
  type CoordinationClient,
  type Subscription,
  subscribe,
  type TreeChange,
  TreeWatch,
} from '../../../index.js';
import type { TreeSnapshot } from '../../../recipes/tree/tree-snapshot.js';
import { type AuditedNode, auditedOf, TreeAudit } from '../../oracle/tree-audit.js';
import type { TreeManner } from './tree-steps.js';

const LATER = 30;
/** Before anything was delivered. */
const NO_EPOCH = -1;

type Copy = ReadonlyMap<string, AuditedNode>;

/** The selection of a watch; a subscription has neither data nor a depth. */
export interface TreeOptions {
  readonly root: string;
  readonly data: boolean;
  readonly depth: number;
}

/** A checkpoint, with the znodes that were delivered when it was taken. */
export interface KeptCheckpoint {
  readonly bytes: Buffer;
  readonly copy: Copy;
  readonly options: TreeOptions;
  readonly kind: 'watch' | 'subscription';
  /** Whether a znode could not be read then: the position is no statement about those below it. */
  readonly isHidden: boolean;
}

/** A watch of a tree, or a subscription to it, whose calls are audited. */
export abstract class ObservedTree {
  abstract readonly kind: 'watch' | 'subscription';
  readonly options: TreeOptions;
  readonly audit: TreeAudit;
  /** The znodes as they were delivered, by calls that have settled. */
  settled: Copy;
  /** Of that. */
  epoch: number;
  readonly #manners: readonly TreeManner[];
  #calls = 0;

  protected constructor(options: TreeOptions, manners: readonly TreeManner[], epoch: number, kept?: KeptCheckpoint) {
    this.options = options;
    this.audit = new TreeAudit(options.root, kept?.copy);
    this.settled = new Map(this.audit.copy);
    this.epoch = kept?.isHidden ? NO_EPOCH : epoch;
    this.#manners = manners;
  }

  abstract readonly subject: TreeWatch | Subscription;
  abstract readonly isStopped: boolean;
  abstract readonly isFresh: boolean;
  abstract stop(): void;

  get position(): bigint {
    return this.subject.position;
  }

  keep(isHidden: boolean): KeptCheckpoint {
    const bytes = this.subject.checkpoint().toBytes();
    return { bytes, copy: this.settled, options: this.options, kind: this.kind, isHidden };
  }

  /** Ends a call in one of the manners. @param atEnd called when it settles */
  protected behave(atEnd: () => void): unknown {
    const manner = this.#manners[this.#calls % this.#manners.length] as TreeManner;
    this.#calls += 1;
    const settle = (): unknown => {
      atEnd();
      if (manner.startsWith('throws')) throw new Error(manner);
      return manner !== 'false later';
    };
    if (manner === 'stops itself') this.stop();
    return manner.endsWith('later') ? new Promise((resolve) => setTimeout(resolve, LATER)).then(settle) : settle();
  }
}

/** A TreeWatch. */
export class ObservedWatch extends ObservedTree {
  readonly kind = 'watch';
  readonly subject: TreeWatch;
  #hasBegun = false;

  constructor(client: CoordinationClient, options: TreeOptions, manners: readonly TreeManner[], kept?: KeptCheckpoint) {
    super(options, manners, client.epoch ?? 0, kept);
    const { root, data, depth } = options;
    const since = kept ? { since: Checkpoint.from(kept.bytes) } : {};
    const func = (tree: unknown, changes: readonly TreeChange[]): unknown => this.#call(tree as TreeSnapshot, changes);
    this.subject = new TreeWatch(client, root, func, { data, depth, ...since });
    this.subject.on('error', () => {});
  }

  get isStopped(): boolean {
    return this.subject.stopped;
  }

  get isFresh(): boolean {
    return this.subject.status === 'fresh';
  }

  stop(): void {
    this.subject.stop();
  }

  #call(tree: TreeSnapshot, changes: readonly TreeChange[]): unknown {
    const { audit } = this;
    // The checkpoint is of before a restore: the watch starts over.
    if (!this.#hasBegun && !this.subject.complete) audit.copy.clear();
    audit.see(tree, changes);
    if (this.#hasBegun && changes.length === 0) audit.violations.push('a call without a change');
    this.#hasBegun = true;
    const copy = new Map(audit.copy);
    return this.behave(() => {
      audit.expectEqual(new Map(Array.from(tree, (node) => [node.path, auditedOf(node)])), 'the settled call');
      this.settled = copy;
      this.epoch = tree.epoch ?? 0;
    });
  }
}

/** A Subscription to everything. It begins with the znodes of its first checkpoint. */
export class ObservedSubscription extends ObservedTree {
  readonly kind = 'subscription';
  readonly subject: Subscription;
  readonly #client: CoordinationClient;
  #isReady = false;
  #isClosed = false;

  constructor(client: CoordinationClient, root: string, manners: readonly TreeManner[], kept?: KeptCheckpoint) {
    super({ root, data: false, depth: Infinity }, manners, kept ? (client.epoch ?? 0) : NO_EPOCH, kept);
    this.#client = client;
    const since = kept ? { since: Checkpoint.from(kept.bytes) } : {};
    const func = (change: TreeChange): unknown => this.#call(change);
    this.subject = subscribe(client, root, null, func, { data: false, ...since });
    this.subject.on('error', () => {});
    void this.subject.closed.then(() => {
      this.#isClosed = true;
    });
    if (kept) this.#isReady = true;
    else this.subject.ready.then(() => this.#begin()).catch(() => {});
  }

  get isStopped(): boolean {
    return this.#isClosed;
  }

  get isFresh(): boolean {
    return this.#isReady;
  }

  stop(): void {
    void this.subject.close();
  }

  #begin(): void {
    this.#isReady = true;
    const znodes = Checkpoint.from(this.subject.checkpoint().toBytes()).known ?? [];
    for (const { path, czxid, mzxid } of znodes) this.audit.copy.set(path, { czxid, mzxid, data: null });
    this.settled = new Map(this.audit.copy);
    this.epoch = this.#client.epoch ?? 0;
  }

  #call(change: TreeChange): unknown {
    if (!this.subject.complete) this.audit.copy.clear();
    this.audit.apply(change);
    const copy = new Map(this.audit.copy);
    return this.behave(() => {
      this.settled = copy;
    });
  }
}
