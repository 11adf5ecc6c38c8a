import type { CoordinationClient } from '../../lib/core/coordination-client.js';
import { InvalidArgumentError } from '../../lib/core/errors.js';
import type { Logger } from '../../lib/core/logger.js';

/** Stands in for a client that could not be had. A watch on it stops with the error, which says that trying again is no use. */
export class UnavailableClient implements CoordinationClient {
  readonly state = 'connected';
  readonly logger?: Logger;
  readonly #error: InvalidArgumentError;

  constructor(error = new InvalidArgumentError('there is no client'), logger?: Logger) {
    this.#error = error;
    if (logger) this.logger = logger;
  }

  exists(): Promise<never> {
    return this.#fail();
  }

  getData(): Promise<never> {
    return this.#fail();
  }

  getChildren(): Promise<never> {
    return this.#fail();
  }

  create(): Promise<never> {
    return this.#fail();
  }

  setData(): Promise<never> {
    return this.#fail();
  }

  delete(): Promise<never> {
    return this.#fail();
  }

  on(): this {
    return this;
  }

  off(): this {
    return this;
  }

  #fail(): Promise<never> {
    return Promise.reject(this.#error);
  }
}
