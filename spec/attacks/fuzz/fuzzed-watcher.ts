import type { WatchedEvent } from '../../../lib/core/coordination-client.js';
import type { FuzzRig } from './fuzz-rig.js';

const TYPES = ['NodeCreated', 'NodeDeleted', 'NodeDataChanged', 'NodeChildrenChanged'];

/** A one-shot watcher: called at most once, and at the next change once the read that armed it has succeeded. */
export class FuzzedWatcher {
  readonly #rig: FuzzRig;
  readonly #path: string;
  readonly #label: string;
  #calls = 0;
  #isArmed = false;

  constructor(rig: FuzzRig, path: string, label: string) {
    this.#rig = rig;
    this.#path = path;
    this.#label = label;
  }

  readonly function = (event: WatchedEvent): void => {
    this.#calls += 1;
    this.#rig.stage.trace(() => `the watcher of ${this.#label} is called with ${event.type}`);
    const isRight = this.#calls === 1 && event.path === this.#path && TYPES.includes(event.type);
    this.#rig.require(isRight, () => `the watcher of ${this.#label} is called (${this.#calls}) with ${event.type}`);
  };

  /** The read has succeeded. */
  armed(): void {
    this.#isArmed = true;
  }

  /** The znode has changed since, long ago. */
  checkCalled(): void {
    this.#rig.require(
      !this.#isArmed || this.#calls === 1,
      () => `the watcher of ${this.#label} was never called, and its znode has changed`,
    );
  }
}
