import type { TreeListener, TreeRegistration, WatchedEvent } from '../../core/coordination-client.js';
import { frozenEvent } from '../../core/frozen-event.js';
import { callGuarded } from '../../core/guarded-emitter.js';
import { parentOf } from '../../core/paths.js';
import { addWatchRequest, removeWatchesRequest, setWatches2Request } from '../../protocol/requests.js';
import type { Chroot } from './chroot.js';
import { chunksOf } from './path-chunks.js';
import type { WatchRequests } from './watch-requests.js';

/** The root of a recursive watch. */
interface Root {
  readonly path: string;
  readonly absolute: string;
  readonly listeners: Set<Registration>;
  /** The server's answer over the present connection. */
  answer: 'none' | 'armed' | 'unsupported';
}

interface Registration {
  readonly listener: TreeListener;
  /** Whether the server is being asked for the changes that were missed. */
  isCatchingUp: boolean;
}

/** The one-shot watches of the session, for its recursive watches. */
export interface OneShots {
  readonly chroot: Chroot;
  /** Of the paths in one request. */
  readonly chunkBytes: number;
  /** Takes what a listener throws. */
  report(error: unknown, path: string): void;
  /** Arms the one-shot watches of the path truly. Changes since `from` count. Resolves when that is done. */
  armTruly(absolute: string, from: bigint): Promise<void>;
  /** Runs once no read is on its way that arms a one-shot watch of the path; not after the end of the connection. */
  whenSettled(absolute: string, run: () => void): void;
}

/**
 * The persistent recursive watches of a session. A new connection arms each with AddWatch, and finds what was missed by
 * a SetWatches2 that names the known znodes: the server reports those that have changed.
 *
 * Before ZooKeeper 3.9 a one-shot data watch on the root of a recursive watch ends it without a word (ZOOKEEPER-4466).
 * So no such watch is armed while the recursive one stands, whose events are the same.
 */
export class TreeWatches {
  readonly #oneShots: OneShots;
  readonly #roots = new Map<string, Root>();
  /** The roots whose recursive watch the server has, or is about to have. */
  readonly #covered = new Set<string>();
  /** The requests without an answer that decide which watches the server has, each with the last zxid before it. */
  readonly #undecided = new Set<{ readonly from: bigint }>();
  #requests: WatchRequests | undefined;

  constructor(oneShots: OneShots) {
    this.#oneShots = oneShots;
  }

  /** @param path of the user @param absolute the same for the server */
  watch(path: string, absolute: string, listener: TreeListener): TreeRegistration {
    const known = this.#roots.get(absolute);
    const root: Root = known ?? { path, absolute, listeners: new Set(), answer: 'none' };
    const registration: Registration = { listener, isCatchingUp: false };
    root.listeners.add(registration);
    if (!known) {
      this.#roots.set(absolute, root);
      if (this.#requests) void this.#arm(root, this.#requests);
    } else if (root.answer === 'armed' && this.#requests) {
      void this.#catchUp(root, registration, this.#requests);
    } else if (root.answer === 'unsupported') this.#call(root, registration, 'unsupported');
    return { remove: () => this.#remove(root, registration) };
  }

  /** Whether events of the path are reported by its recursive watch, so that no data watch may be armed there. */
  covers(absolute: string): boolean {
    return this.#covered.has(absolute);
  }

  /** The same, also for a recursive watch whose request waits for its turn. */
  willCover(absolute: string): boolean {
    return this.#covered.has(absolute) || (this.#roots.get(absolute)?.answer ?? 'unsupported') !== 'unsupported';
  }

  /** Passes an event on to the listeners of the znode and of those above it. */
  fire({ type, path: absolute, zxid }: WatchedEvent): void {
    if (this.#roots.size === 0) return;
    const event = frozenEvent(type, this.#oneShots.chroot.relative(absolute), zxid);
    for (let at: string | null = absolute; at !== null; at = parentOf(at)) {
      const root = this.#roots.get(at);
      if (!root) continue;
      for (const registration of [...root.listeners]) {
        // Otherwise it is a one-shot watch that has fired, of which the recursive watch reports the cause.
        if (type === 'NodeChildrenChanged' && !registration.isCatchingUp) continue;
        this.#guarded(root, () => registration.listener.changed(event));
      }
    }
  }

  /** The client is connected. */
  connected(requests: WatchRequests): void {
    this.#requests = requests;
    for (const root of [...this.#roots.values()]) void this.#arm(root, requests);
  }

  /**
   * The connection has ended.
   *
   * @returns a transaction up to which all watches are known to have been reported; undefined if there is no doubt
   */
  interrupted(): bigint | undefined {
    let earliest: bigint | undefined;
    for (const { from } of this.#undecided) if (earliest === undefined || from < earliest) earliest = from;
    this.#requests = undefined;
    this.#undecided.clear();
    this.#covered.clear();
    for (const root of [...this.#roots.values()]) {
      root.answer = 'none';
      for (const registration of [...root.listeners]) {
        registration.isCatchingUp = false;
        this.#call(root, registration, 'interrupted');
      }
    }
    return earliest;
  }

  close(): void {
    this.#requests = undefined;
    this.#roots.clear();
  }

  async #arm(root: Root, requests: WatchRequests): Promise<void> {
    const { absolute } = root;
    const question = { from: requests.lastZxid };
    const wire = addWatchRequest(absolute, 'persistentRecursive');
    const answer = await requests.send('addWatch', wire, absolute, () => {
      this.#covered.add(absolute);
      this.#undecided.add(question);
    });
    if (answer === 'lost' || this.#requests !== requests) return;
    if (answer === 0) {
      this.#undecided.delete(question);
      root.answer = 'armed';
      for (const registration of [...root.listeners]) void this.#catchUp(root, registration, requests);
      return;
    }
    root.answer = 'unsupported';
    this.#covered.delete(absolute);
    for (const registration of [...root.listeners]) this.#call(root, registration, 'unsupported');
    if (!this.#undecided.has(question)) return;
    // Reads on their way, sent since the request, have armed nothing either.
    this.#oneShots.whenSettled(absolute, async () => {
      await this.#oneShots.armTruly(absolute, question.from);
      this.#undecided.delete(question);
    });
  }

  /** Has the server report what has changed of the known znodes. */
  async #catchUp(root: Root, registration: Registration, requests: WatchRequests): Promise<void> {
    const { listener } = registration;
    const isWanted = (): boolean => this.#requests === requests && root.listeners.has(registration);
    const { position } = listener;
    registration.isCatchingUp = true;
    const suspect = (path: string): void => this.#suspect(root, listener, path);
    for (const paths of chunksOf(this.#known(listener), this.#oneShots.chunkBytes, suspect)) {
      // Named as one-shot watches alone, roots would lose their recursive watches.
      const persistentRecursive = paths.filter((path) => this.willCover(path));
      const lists = { data: paths, exist: [], child: paths, persistent: [], persistentRecursive };
      const answer = await requests.send('setWatches2', setWatches2Request(position, lists), root.absolute);
      if (!isWanted() || answer === 'lost') return;
      if (answer === 0) continue;
      for (const path of [...this.#known(listener)]) suspect(path);
      break;
    }
    registration.isCatchingUp = false;
    this.#call(root, registration, 'armed');
  }

  *#known(listener: TreeListener): Generator<string> {
    const { chroot } = this.#oneShots;
    for (const path of listener.known()) yield chroot.absolute(path);
  }

  /** The server cannot say whether the znode has changed. */
  #suspect(root: Root, listener: TreeListener, absolute: string): void {
    const path = this.#oneShots.chroot.relative(absolute);
    for (const type of ['NodeDataChanged', 'NodeChildrenChanged'] as const) {
      this.#guarded(root, () => listener.changed(frozenEvent(type, path)));
    }
  }

  #remove(root: Root, registration: Registration): void {
    if (!root.listeners.delete(registration) || root.listeners.size > 0) return;
    this.#roots.delete(root.absolute);
    const requests = this.#requests;
    if (!requests || root.answer === 'unsupported') return;
    // A one-shot watch that a read is still arming would go with the recursive one.
    this.#oneShots.whenSettled(root.absolute, () => {
      if (!this.#roots.has(root.absolute)) void this.#disarm(root.absolute, requests);
    });
  }

  /** A server that cannot remove the watch keeps it, and the one-shot watches of the path go on relying on it. */
  async #disarm(absolute: string, requests: WatchRequests): Promise<void> {
    const question = { from: requests.lastZxid };
    const removal = requests.send('removeWatches', removeWatchesRequest(absolute, 'any'), absolute, () => {
      this.#covered.delete(absolute);
      this.#undecided.add(question);
    });
    // The one-shot watches of the path relied on it, or go with it. They are armed right behind: the answer of a later
    // read must not come before the event of a change between the two.
    await Promise.all([removal, this.#oneShots.armTruly(absolute, question.from)]);
    this.#undecided.delete(question);
  }

  #call(root: Root, { listener }: Registration, method: 'armed' | 'interrupted' | 'unsupported'): void {
    this.#guarded(root, () => listener[method]());
  }

  #guarded(root: Root, call: () => void): void {
    callGuarded(call, [], (error) => this.#oneShots.report(error, root.path));
  }
}
