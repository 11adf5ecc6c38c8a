import type { Stat } from '../../../index.js';
import { Log } from './chronicle.js';

/** A znode's data, or its children's names joined with commas; null while there is no znode. */
export type Key = string | null;

/** The state that a server holds, as the run has read it. */
export interface Truth {
  readonly key: Key;
  readonly stat: Stat | null;
}

/** A certain or possible state of a znode. */
export interface Step {
  readonly index: number;
  /** undefined until the server has returned the name of a sequential child. */
  key: Key | undefined;
  readonly sentAt: number;
  /** When the write was acknowledged. */
  ackedAt: number | null;
  isOpen: boolean;
}

/**
 * The states that a znode went through, as its only writer knows them. A write whose outcome is unknown leaves its step
 * open, until the writer has read what became of it.
 */
export class PathHistory {
  readonly path: string;
  readonly log: Log;
  #steps: Step[] = [];
  #next = 0;
  /** The state at rest; null while a writer may change it. */
  truth: Truth | null = null;
  readonly #onSettled = new Set<() => void>();

  constructor(path: string) {
    this.path = path;
    this.log = new Log(path);
    this.#add(null);
  }

  /** Adds the state after a write that is about to be sent. */
  begin(what: string, key: Key | undefined): Step {
    this.truth = null;
    this.log.add(`${what} -> ${print(key)} sent`);
    const step = this.#add(key);
    step.isOpen = true;
    return step;
  }

  done(step: Step, key = step.key): void {
    step.key = key;
    step.isOpen = false;
    step.ackedAt = performance.now();
    this.log.add(`${print(key)} acknowledged`);
    this.#settled();
  }

  /** Settles writes of unknown outcome by the state that the writer has read since: none of them is in flight. */
  resolve(truth: Key): void {
    const open = this.#steps.filter(({ isOpen }) => isOpen);
    const first = open[0];
    this.log.add(`read ${print(truth)}, to know what became of it`);
    const found = open.findLast(({ key }) => key === truth);
    const before = first && this.#steps.findLast(({ index }) => index < first.index);
    const isUndone = !found && before?.key === truth;
    const lastDone = found?.index ?? (isUndone && first ? first.index - 1 : Number.POSITIVE_INFINITY);
    this.#steps = this.#steps.filter((step) => !step.isOpen || step.index <= lastDone);
    for (const step of open) step.isOpen = false;
    if (!found && !isUndone && this.last.key !== truth) this.#add(truth);
    this.#settled();
  }

  get last(): Step {
    const step = this.#steps.at(-1);
    if (!step) throw new Error('a history is never empty');
    return step;
  }

  /** Whether the outcome of a write is still unknown. */
  get isOpen(): boolean {
    return this.#steps.some(({ isOpen }) => isOpen);
  }

  /** The index of the first step with this state, from an index on. */
  find(key: Key, from: number): number | undefined {
    return this.#steps.find((step) => step.index >= from && step.key === key)?.index;
  }

  /** The index of the last step with this state that was sent by a time. */
  findLast(key: Key, sentBy: number): number | undefined {
    return this.#steps.findLast((step) => step.sentAt <= sentBy && step.key === key)?.index;
  }

  /** The steps after one index, up to and including another. */
  between(after: number, upTo: number): Step[] {
    return this.#steps.filter(({ index }) => index > after && index <= upTo);
  }

  /** Drops all steps but the last. */
  forget(): void {
    this.#steps = this.#steps.slice(-1);
  }

  /** Calls the listener whenever a step has settled. Returns a function that unsubscribes it. */
  onSettled(listener: () => void): () => void {
    this.#onSettled.add(listener);
    return () => this.#onSettled.delete(listener);
  }

  #add(key: Key | undefined): Step {
    const step = { index: this.#next++, key, sentAt: performance.now(), ackedAt: null, isOpen: false };
    this.#steps.push(step);
    return step;
  }

  #settled(): void {
    for (const listener of [...this.#onSettled]) listener();
  }
}

export function print(key: Key | undefined): string {
  return key === undefined ? '[what the server names]' : key === null ? 'no znode' : `[${key}]`;
}

/** One for each znode of a kind, below a root. */
export function histories(root: string, name: string, count: number): PathHistory[] {
  return Array.from({ length: count }, (_, index) => new PathHistory(`${root}/${name}-${index}`));
}
