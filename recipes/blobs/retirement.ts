import type { ClientState } from '../../lib/core/coordination-client.js';
import { backgroundTimer } from '../../lib/core/timers.js';
import type { Requests } from './requests.js';

interface Retired {
  readonly generation: string;
  readonly dueAt: number;
}

/** Deletes the generations that this storage has replaced or deleted, each after its grace. */
export class Retirement {
  readonly #requests: Requests;
  /** The first is due first, as all have the same grace. */
  readonly #retired: Retired[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(requests: Requests) {
    this.#requests = requests;
  }

  /** Readers may still need its chunks for a while. */
  add(generation: string): void {
    const { client, options } = this.#requests;
    if (client.state === 'closed') return;
    this.#retired.push({ generation, dueAt: performance.now() + options.grace });
    if (this.#timer === undefined) this.#begin();
  }

  #begin(): void {
    this.#requests.client.on('state', this.#onState);
    this.#waitForFirst();
  }

  #waitForFirst(): void {
    const [first] = this.#retired;
    if (first) this.#timer = backgroundTimer(() => this.#due(), Math.max(0, first.dueAt - performance.now()));
    else this.#end();
  }

  #due(): void {
    const now = performance.now();
    while (this.#retired[0] && this.#retired[0].dueAt <= now) {
      const { generation } = this.#retired.shift() as Retired;
      // Chunks that are left then are garbage, to be collected.
      void this.#requests.removeGeneration(generation).catch(() => {});
    }
    this.#waitForFirst();
  }

  #end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#retired.length = 0;
    this.#requests.client.off('state', this.#onState);
  }

  readonly #onState = (state: ClientState): void => {
    if (state === 'closed') this.#end();
  };
}
