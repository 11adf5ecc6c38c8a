import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { onPath } from '../testing/on-path.js';

/**
 * Assigns processors: one to the contenders, the others to the server and the writers. Without it the server's threads
 * move between processors, and then serve a client that leaves a processor idle more slowly than a busy one.
 */
export class Processors {
  readonly #taskset = onPath('taskset') ?? '';
  readonly #count = availableParallelism();
  /** Whether contenders can have a processor of their own. */
  readonly canSeparate = this.#taskset !== '' && this.#count > 1 && this.#useUpTo(this.#count - 1);

  /**
   * Reserves the last processor for contenders. This process and those that it starts later have the others.
   *
   * @returns the prefix of a contender's command; empty where processors cannot be assigned
   */
  separate(): readonly string[] {
    if (!this.canSeparate) return [];
    this.#useUpTo(this.#count - 2);
    return [this.#taskset, '-c', String(this.#count - 1)];
  }

  /** Gives this process and those that it starts later all processors. */
  share(): void {
    if (this.canSeparate) this.#useUpTo(this.#count - 1);
  }

  #useUpTo(last: number): boolean {
    return spawnSync(this.#taskset, ['-a', '-p', '-c', `0-${last}`, String(process.pid)]).status === 0;
  }
}
