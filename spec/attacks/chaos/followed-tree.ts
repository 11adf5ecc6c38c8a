import { Checkpoint, subscribe, TreeWatch, type ZooKeeperClient } from '../../../index.js';
import type { SeededRandom } from '../../../testing/seeded-random.js';
import { type AuditedNode, TreeAudit } from '../../oracle/tree-audit.js';
import { type Chronicle, Log } from './chronicle.js';

/** The znodes of a tree, by path. */
export type Nodes = ReadonlyMap<string, AuditedNode>;

/** The chance that a follower ends at a step, and another one goes on from its checkpoint. */
const ENDS = 0.03;
/** The chance that a position is noted at a step, to be checked at the next rest. */
const NOTES = 0.1;

/** The surroundings of a followed tree. */
export interface TreeHost {
  readonly name: string;
  readonly client: ZooKeeperClient;
  readonly log: Log;
  readonly chronicle: Chronicle;
  /** As the client names it. */
  readonly root: string;
  readonly random: SeededRandom;
}

/** A watch of a tree or a subscription to it. */
interface Follower {
  readonly position: bigint;
  readonly complete: boolean;
  /** Why it is not up to date; `null` otherwise. */
  readonly flaw: string | null;
  end(): Promise<Checkpoint>;
}

/** @param onCall called during each call */
type MakeFollower = (host: TreeHost, since: Checkpoint | undefined, audit: TreeAudit, onCall: () => void) => Follower;

const followByWatch: MakeFollower = ({ client, root, log }, since, audit, onCall) => {
  const watch = new TreeWatch(
    client,
    root,
    (tree, changes) => {
      audit.see(tree, changes);
      onCall();
    },
    since && { since },
  );
  watch.on('error', (error) => log.add(`an error of the watch of the tree: ${String(error)}`));
  return {
    get position() {
      return watch.position;
    },
    get complete() {
      return watch.complete;
    },
    get flaw() {
      if (watch.status !== 'fresh') return `is ${watch.status}`;
      return watch.mode === 'recursive' ? null : `follows in mode ${watch.mode}`;
    },
    async end() {
      const checkpoint = watch.checkpoint();
      watch.stop();
      return checkpoint;
    },
  };
};

const followBySubscription: MakeFollower = ({ client, root, log }, since, audit, onCall) => {
  const onChange = (change: Parameters<TreeAudit['apply']>[0]): void => {
    audit.apply(change);
    onCall();
  };
  const nothing = new TreeWatch(client, root).checkpoint();
  const subscription = subscribe(client, root, null, onChange, { since: since ?? nothing });
  subscription.on('error', (error) => log.add(`an error of the subscription: ${String(error)}`));
  return {
    get position() {
      return subscription.position;
    },
    get complete() {
      return subscription.complete;
    },
    flaw: null,
    async end() {
      await subscription.close();
      return subscription.checkpoint();
    },
  };
};

/**
 * Follows a tree by one watch or subscription after the other, each resumed from the checkpoint of the one before: the
 * changes of all of them together must give the tree of the servers.
 */
export class FollowedTree {
  readonly #host: TreeHost;
  readonly #name: string;
  readonly #make: MakeFollower;
  readonly #log: Log;
  #audit: TreeAudit;
  #follower: Follower;
  #isEnding = false;
  /** Positions with the znodes that were known then. */
  #notes: { readonly position: bigint; readonly known: Nodes }[] = [];

  static byWatch(host: TreeHost): FollowedTree {
    return new FollowedTree(host, 'watch', followByWatch);
  }

  static bySubscription(host: TreeHost): FollowedTree {
    return new FollowedTree(host, 'subscription', followBySubscription);
  }

  private constructor(host: TreeHost, kind: string, make: MakeFollower) {
    this.#host = host;
    this.#name = `${host.name}.tree by ${kind}`;
    this.#make = make;
    this.#log = new Log(this.#name);
    this.#audit = new TreeAudit(host.root);
    this.#follower = this.#follow(undefined);
  }

  /** Notes the position, or goes on by another follower, now and then. */
  async step(): Promise<void> {
    const { random, client } = this.#host;
    if (this.#isEnding) return;
    const { position } = this.#follower;
    if (position > client.lastZxid && client.state === 'connected') {
      this.#violation(`is at ${position}, after the newest zxid ${client.lastZxid}`);
    }
    if (random.chance(NOTES)) this.#notes.push({ position, known: new Map(this.#audit.copy) });
    if (!random.chance(ENDS)) return;
    this.#isEnding = true;
    const checkpoint = await this.#follower.end();
    if (client.state === 'closed') return;
    this.#isEnding = false;
    this.#log.add(`goes on from ${checkpoint.position}, with ${checkpoint.size} znodes`);
    this.#audit = new TreeAudit(this.#host.root, this.#audit.copy);
    // As if it came from another process.
    this.#follower = this.#follow(Checkpoint.from(checkpoint.toBytes()));
  }

  isBehind(truth: Nodes): boolean {
    return this.#follower.flaw !== null || this.#isEnding || !isEqual(this.#audit.copy, truth);
  }

  /** Nothing changes any more. */
  checkAtRest(truth: Nodes): void {
    const { flaw, complete, position } = this.#follower;
    if (flaw) this.#violation(flaw);
    if (!complete) this.#violation('is not complete');
    this.#audit.expectEqual(truth, 'the servers');
    this.#reportAudit();
    for (const { mzxid } of truth.values()) {
      if (position < mzxid) this.#violation(`is at ${position}, and has delivered ${mzxid}`);
    }
    for (const note of this.#notes) this.#checkNote(note.position, note.known, truth);
    this.#notes = [];
  }

  async close(): Promise<void> {
    this.#isEnding = true;
    await this.#follower.end();
  }

  #follow(since: Checkpoint | undefined): Follower {
    const audit = this.#audit;
    return this.#make(this.#host, since, audit, () => {
      this.#host.chronicle.calls += 1;
      this.#log.add(`called; ${audit.copy.size} znodes`);
      this.#reportAudit();
    });
  }

  /** A znode that was not changed since was known at the position. */
  #checkNote(position: bigint, known: Nodes, truth: Nodes): void {
    for (const [path, { mzxid }] of truth) {
      if (mzxid > position || known.get(path)?.mzxid === mzxid) continue;
      this.#violation(`was at ${position} without ${path} of ${mzxid}`);
    }
  }

  #reportAudit(): void {
    for (const violation of this.#audit.violations.splice(0)) this.#violation(violation);
  }

  #violation(what: string): void {
    this.#host.chronicle.violation(`${this.#name}: ${what}`, this.#host.log, this.#log);
  }
}

function isEqual(one: Nodes, other: Nodes): boolean {
  if (one.size !== other.size) return false;
  for (const [path, { czxid, mzxid }] of one) {
    const node = other.get(path);
    if (node?.czxid !== czxid || node.mzxid !== mzxid) return false;
  }
  return true;
}
