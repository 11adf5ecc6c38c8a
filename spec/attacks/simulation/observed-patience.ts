import { codeOf } from '../../../lib/core/errors.js';
import { PatientChildrenWatch, type SettledChildren } from '../../../recipes/watches/index.js';
import type { ObservedClient } from './observed-client.js';
import type { Rig } from './rig.js';

const PAST = -2n;
const BOUNDARIES = [50, 200, 1_000];

/** A PatientChildrenWatch whose user starts it once, and compares its promises with the history. */
export class ObservedPatience {
  readonly #rig: Rig;
  readonly #client: ObservedClient;
  readonly #path: string;
  readonly #label: string;
  readonly #abort = new AbortController();
  #settled: bigint | null = null;
  #hasChanged = false;
  #hasEnded = false;
  #closedAt: number | null = null;

  constructor(rig: Rig, client: ObservedClient, path: string, label: string) {
    this.#rig = rig;
    this.#client = client;
    this.#path = path;
    const timeBoundary = rig.random.pick(BOUNDARIES);
    this.#label = `${label} of ${path}`;
    rig.trace(() => `${this.#label} starts`);
    const watch = new PatientChildrenWatch(client.client, path, { timeBoundary });
    const since = rig.clock.now;
    const known = client.seen;
    const started = watch.start({ signal: this.#abort.signal });
    rig.await(`${this.#label}: start()`, started, (value, error) => {
      if (!value) return this.#failed(error);
      const took = rig.clock.now - since;
      // Another function may have closed the client since, in the same moment.
      const wasConnected = client.client.state === 'connected' || this.#closedAt === rig.clock.now;
      rig.require(wasConnected, () => `${this.#label} settles without a connection`);
      rig.require(took >= timeBoundary - 2, () => `${this.#label} settles after ${took} of ${timeBoundary} ms`);
      this.#settles(value, known);
    });
  }

  /** The path whose children it watches; null once it has ended. */
  get watched(): string | null {
    return this.#hasEnded || this.#hasChanged || this.#abort.signal.aborted ? null : this.#path;
  }

  stop(): void {
    this.#rig.trace(() => `${this.#label} is aborted`);
    this.#abort.abort(new Error('aborted by the user'));
  }

  clientClosing(): void {
    this.#closedAt ??= this.#rig.clock.now;
  }

  checkAtRest(): void {
    if (this.#settled === null || this.#hasChanged || this.#abort.signal.aborted || !this.#client.isOpen) return;
    const { mark } = this.#rig.history.latest(this.#path, 'children');
    this.#rig.require(mark === this.#settled, () => `${this.#label} missed a change after it had settled`);
  }

  /** To be called once everything is closed. */
  checkAtEnd(): void {
    const isOpen = this.#settled !== null && !this.#hasChanged;
    this.#rig.require(!isOpen, () => `${this.#label}: changed does not settle at the client's end`);
  }

  #settles({ children, changed }: SettledChildren, known: bigint): void {
    const { history } = this.#rig;
    const contents = children.join();
    this.#rig.trace(() => `${this.#label} settles: ${contents}`);
    const now = history.latest(this.#path, 'children');
    const mark = history.nextChildren(this.#path, contents, -1n, known);
    this.#rig.require(mark !== undefined, () => `${this.#label} settles at "${contents}", which never was`);
    // A state that is no longer held has changed already.
    this.#settled = now.contents === contents ? now.mark : PAST;
    changed.then(
      (event) => {
        this.#hasChanged = true;
        this.#rig.trace(() => `${this.#label} has changed: ${event?.type ?? 'found by a recovery'}`);
        const isWrong = mark !== undefined && history.nextChanges(this.#path, mark) === 0;
        this.#rig.require(!isWrong, () => `${this.#label} reports a change that did not occur`);
      },
      () => {
        this.#hasChanged = true;
        const isEnded = !this.#client.isOpen || this.#abort.signal.aborted;
        this.#rig.require(isEnded, () => `${this.#label}: changed rejects with nothing ended`);
      },
    );
  }

  #failed(error: unknown): void {
    this.#hasEnded = true;
    this.#rig.trace(() => `${this.#label} fails: ${error}`);
    const isRight = codeOf(error) === 'NO_NODE' || !this.#client.isOpen || this.#abort.signal.aborted;
    this.#rig.require(isRight, () => `${this.#label}: start() rejects with ${error}`);
  }
}
