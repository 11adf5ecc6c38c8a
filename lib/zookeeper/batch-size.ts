import { CLIENT } from '../core/limits.js';

const { mostZnodes, replyBytes } = CLIENT.readMany;

/**
 * The number of znodes to read by one request. No server bounds the size of the reply: the number begins small, unless
 * the znodes are known to be, and at most doubles with each reply while a reply stays below the size aimed at.
 */
export class BatchSize {
  #znodes: number;

  /** @param first of the first request */
  constructor(first: number) {
    this.#znodes = first;
  }

  get znodes(): number {
    return this.#znodes;
  }

  /** A reply about so many znodes had so many bytes. */
  replied(znodes: number, bytes: number): void {
    const fitting = Math.max(1, Math.floor((znodes * replyBytes) / Math.max(1, bytes)));
    if (fitting < this.#znodes) this.#znodes = fitting;
    // A smaller request, as the last one of a call, says nothing about larger ones.
    else if (znodes >= this.#znodes) this.#znodes = Math.min(fitting, 2 * znodes, mostZnodes);
  }

  /** So many znodes were too many. */
  limit(znodes: number): void {
    this.#znodes = Math.max(1, Math.min(this.#znodes, znodes));
  }
}
