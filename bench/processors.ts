import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { onPath } from '../testing/on-path.js';

/**
 * Which processors contenders have, and which the server and the writers. A server that wanders between processors serves a client that
 * leaves it one to itself more slowly than one that does not.
 */
export class Processors {
  readonly #taskset = onPath('taskset') ?? '';
  readonly #count = availableParallelism();
  /** Whether it can give contenders one of their own. */
  readonly canSeparate = this.#taskset !== '' && this.#count > 1 && this.#useUpTo(this.#count - 1);

  /**
   * Gives contenders the last processor; this process, and what it starts from now on, has the others.
   *
   * @returns what a contender's command begins with; nothing where it cannot be done
   */
  separate(): readonly string[] {
    if (!this.canSeparate) return [];
    this.#useUpTo(this.#count - 2);
    return [this.#taskset, '-c', String(this.#count - 1)];
  }

  /** This process, and what it starts from now on, has all processors. */
  share(): void {
    if (this.canSeparate) this.#useUpTo(this.#count - 1);
  }

  #useUpTo(last: number): boolean {
    return spawnSync(this.#taskset, ['-a', '-p', '-c', `0-${last}`, String(process.pid)]).status === 0;
  }
}
