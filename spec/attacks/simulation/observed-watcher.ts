import type { WatchedEvent } from '../../../lib/core/coordination-client.js';
import type { Aspect } from '../../oracle/moment.js';
import type { ObservedClient } from './observed-client.js';
import type { Rig } from './rig.js';

/** The kind of change that a one-shot watcher waits for. */
export type WatcherKind = 'data' | 'exist' | 'children';

/** A one-shot watcher of the client: called at most once, only after a change, and always after one that lasts. */
export class ObservedWatcher {
  readonly #rig: Rig;
  readonly #client: ObservedClient;
  readonly #path: string;
  readonly #label: string;
  #calls = 0;
  #kind: WatcherKind | null = null;
  #mark = -1n;
  #isOver = false;

  constructor(rig: Rig, client: ObservedClient, path: string, label: string) {
    this.#rig = rig;
    this.#client = client;
    this.#path = path;
    this.#label = `the watcher of ${label}`;
  }

  /** The function for the client. */
  readonly function = (event: WatchedEvent): void => {
    this.#calls += 1;
    const demand = (holds: boolean, what: string) => this.#rig.require(holds, () => `${this.#label} ${what}`);
    this.#rig.trace(() => `${this.#label} is called with ${event.type}`);
    demand(this.#calls === 1, `is called ${this.#calls} times`);
    demand(!this.#isOver, 'is called after it was removed');
    demand(event.path === this.#path, `is called for ${event.path}`);
    demand(this.#client.client.state !== 'closed', 'is called after the client was closed');
    // The reader of the reply in the same chunk runs after the event. Beside a tree, whose changes of an interruption
    // the server reports to the whole client, it may be called without need.
    if (this.#kind && !this.#rig.hasTrees)
      demand(this.#hasChanged, `is called for ${event.type}, though nothing has changed`);
  };

  /** The watch that the server must hold for it; null when it needs none. */
  get armedFor(): { readonly kind: WatcherKind; readonly path: string } | null {
    return this.#kind && !this.#isOver && this.#calls === 0 ? { kind: this.#kind, path: this.#path } : null;
  }

  armed(kind: WatcherKind, mark: bigint): void {
    this.#kind = kind;
    this.#mark = mark;
  }

  /** The read has failed. */
  notArmed(): void {
    this.#isOver = true;
  }

  clientClosing(): void {
    this.#isOver = true;
  }

  remove(): void {
    this.#rig.trace(() => `${this.#label} is removed`);
    this.#isOver = true;
    if (this.#client.isOpen) this.#client.client.removeWatcher(this.#path, this.function);
  }

  checkAtRest(): void {
    if (this.#isOver || this.#calls > 0) return;
    this.#rig.require(!this.#hasChanged, () => `${this.#label} (${this.#kind}) missed a change`);
  }

  /** A znode that was created and deleted while disconnected is no change for a watcher of its creation. */
  get #hasChanged(): boolean {
    const aspect: Aspect = this.#kind === 'children' ? 'children' : 'data';
    if (this.#calls > 0 && this.#kind === 'exist') return true;
    return this.#rig.history.latest(this.#path, aspect).mark !== this.#mark;
  }
}
