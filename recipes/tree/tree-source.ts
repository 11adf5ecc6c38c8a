import type {
  CoordinationClient,
  TreeListener,
  TreeRegistration,
  WatchedEvent,
} from '../../lib/core/coordination-client.js';
import { isServed } from '../../lib/core/is-served.js';
import { TREE } from '../../lib/core/limits.js';
import { BulkFeed, type Feed } from './feed.js';
import type { KnownNode } from './known-node.js';
import { OneShotFeed } from './one-shot-feed.js';
import type { Due, Reading } from './reading.js';
import type { Scope } from './scope.js';

/** How the server is asked: by one recursive watch, or by two one-shot watches per znode. */
export type TreeMode = 'recursive' | 'one-shot';

/** The owner of a source. All methods are called synchronously while the client works. */
export interface SourceOwner {
  /** The znodes that are known to exist. */
  known(): Iterable<KnownNode>;
  get(path: string): KnownNode | undefined;
  /** The zxid from which on a server has to report the changes of the known znodes. */
  readonly reportedFrom: bigint;
  /** A server reported a change. */
  changed(event: WatchedEvent): void;
  /** Changes are reported from now on. @param isComplete whether those of before were reported as well */
  armed(isComplete: boolean): void;
  /** Changes are not reported until the source is armed again. */
  interrupted(): void;
}

/** The part of a client that a recursive watch needs. */
type TreeClient = CoordinationClient & Required<Pick<CoordinationClient, 'watchTree' | 'readMany'>>;

/**
 * The source of a tree's changes: a recursive watch, as far as the client, the server and experience permit it, or else
 * one-shot watches of every znode. Also reads the znodes, in the way that belongs to each.
 */
export class TreeSource implements TreeListener {
  readonly #client: CoordinationClient;
  readonly #owner: SourceOwner;
  readonly #root: string;
  readonly #makeOneShot: () => OneShotFeed;
  readonly #bulk: BulkFeed | undefined;
  #oneShot: OneShotFeed | undefined;
  #registration: TreeRegistration | undefined;
  #mode: TreeMode | null = null;
  #isArmed = false;
  /** Whether recursive watches of this client are no longer believed. */
  #isDistrusted = false;
  /** Whether the next watch is a new one, which does not know what was reported. */
  #isRenewed = false;

  constructor(client: CoordinationClient, scope: Scope, hasData: boolean, owner: SourceOwner) {
    this.#client = client;
    this.#owner = owner;
    this.#root = scope.root;
    this.#makeOneShot = () => new OneShotFeed(client, scope, hasData, (event) => owner.changed(event));
    this.#bulk = isTreeClient(client) ? new BulkFeed(client, hasData, (path) => owner.get(path)) : undefined;
  }

  /** `null` before the server has answered. */
  get mode(): TreeMode | null {
    return this.#mode;
  }

  /** Whether a change that happens now is reported. */
  get isArmed(): boolean {
    return this.#isArmed && isServed(this.#client.state);
  }

  get portion(): Feed['portion'] {
    return this.#feed?.portion ?? TREE.portion;
  }

  get position(): bigint {
    return this.#owner.reportedFrom;
  }

  start(): void {
    if (this.#client.state === 'closed') return;
    if (this.#bulk && isTreeClient(this.#client)) this.#registration = this.#client.watchTree(this.#root, this);
    else this.#followOneShot();
  }

  /** Removes every watch of the server. */
  stop(): void {
    this.#registration?.remove();
    this.#registration = undefined;
    void this.#oneShot?.retire();
  }

  /** Only while it is armed. */
  read(dues: readonly Due[]): Promise<readonly Reading[]> {
    return (this.#feed as Feed).read(dues);
  }

  /** The recursive watch does not report everything: one-shot watches take its place for good. */
  distrust(): void {
    this.#isDistrusted = true;
    this.#registration?.remove();
    this.#registration = undefined;
    this.#followOneShot();
  }

  /** The recursive watch seems to be gone without a word: it is armed again. */
  renew(): void {
    if (this.#mode !== 'recursive') return;
    this.#owner.interrupted();
    this.#registration?.remove();
    this.#isArmed = false;
    this.#isRenewed = true;
    this.start();
  }

  *known(): Generator<string> {
    for (const { path } of this.#owner.known()) yield path;
  }

  changed(event: WatchedEvent): void {
    if (!this.#isDistrusted) this.#owner.changed(event);
  }

  armed(): void {
    if (this.#isDistrusted) return;
    void this.#oneShot?.retire();
    this.#oneShot = undefined;
    this.#mode = 'recursive';
    this.#isArmed = true;
    const isComplete = !this.#isRenewed;
    this.#isRenewed = false;
    this.#owner.armed(isComplete);
  }

  unsupported(): void {
    if (this.#mode !== 'one-shot') this.#followOneShot();
  }

  interrupted(): void {
    this.#owner.interrupted();
    if (this.#mode !== 'one-shot') this.#isArmed = false;
  }

  get #feed(): Feed | undefined {
    return this.#mode === 'recursive' ? this.#bulk : this.#oneShot;
  }

  #followOneShot(): void {
    this.#oneShot = this.#makeOneShot();
    this.#mode = 'one-shot';
    this.#isArmed = true;
    this.#owner.armed(false);
  }
}

function isTreeClient(client: CoordinationClient): client is TreeClient {
  return typeof client.watchTree === 'function' && typeof client.readMany === 'function';
}
