import { AsyncLocalStorage } from 'node:async_hooks';
import type { CoordinationClient } from '../../lib/core/coordination-client.js';
import { ChildrenWatch, DataWatch } from '../../recipes/watches/index.js';
import type { Aspect } from './moment.js';

const context = new AsyncLocalStorage<unknown>();

/** Does to a value what a function can do to it: writes into it, and transfers its memory to another thread. */
function harm(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if (Buffer.isBuffer(value)) {
    new Uint8Array(value.buffer).fill(0x58);
    attempt(() => structuredClone(value.buffer, { transfer: [value.buffer as ArrayBuffer] }));
    return;
  }
  if (Array.isArray(value)) {
    attempt(() => value.reverse().splice(0, 1, 'planted', 'twice'));
    return;
  }
  for (const name of Reflect.ownKeys(value)) {
    const before: unknown = Reflect.get(value, name);
    harm(before);
    Reflect.set(value, name, typeof before === 'bigint' ? before + 1_000_000n : 'planted');
    Reflect.deleteProperty(value, name);
  }
  Reflect.set(value, 'planted', true);
  Reflect.setPrototypeOf(value, null);
}

/** The ways in which its calls end. */
const ENDS: readonly (() => unknown)[] = [
  () => undefined,
  () => {
    throw new Error('thrown by a neighbour');
  },
  () => Promise.reject(new Error('rejected by a neighbour')),
  () => Promise.resolve(true),
];

/**
 * A watch beside others of the same znode, whose user harms all that it is given: arguments, options and the
 * AsyncLocalStorage. It takes part as a function, as a function with the difference of the children, or as a loop.
 */
export class Neighbour {
  readonly #watch: DataWatch | ChildrenWatch<boolean>;
  #calls: number;

  /** @param nth decides how it takes part, and how its calls end */
  constructor(client: CoordinationClient, path: string, aspect: Aspect, nth: number) {
    this.#calls = nth;
    const isLoop = nth % 3 === 0;
    const func = (...args: unknown[]): unknown => this.#called(args);
    if (aspect === 'data') {
      const options = {};
      this.#watch = new DataWatch(client, path, isLoop ? null : func, options);
      harm(options);
    } else {
      const options = { waitForNode: true, sendDiff: nth % 3 === 1 };
      this.#watch = new ChildrenWatch(client, path, isLoop ? null : func, options);
      harm(options);
    }
    this.#watch.on('error', () => {});
    if (isLoop) void this.#loop();
  }

  get isOver(): boolean {
    return this.#watch.stopped;
  }

  stop(): void {
    this.#watch.stop();
  }

  #called(args: unknown[]): unknown {
    this.#calls += 1;
    context.enterWith({ planted: this.#calls });
    for (const each of args) harm(each);
    return ENDS[this.#calls % ENDS.length]?.();
  }

  async #loop(): Promise<void> {
    for await (const change of this.#watch) harm(change);
  }
}

function attempt(action: () => unknown): void {
  try {
    action();
  } catch {
    // Memory that cannot be transferred, and arrays that are frozen: the harm is prevented.
  }
}
