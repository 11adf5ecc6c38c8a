import type { CoordinationClient } from '../../lib/core/coordination-client.js';
import type { InvalidArgumentError } from '../../lib/core/errors.js';
import type { Logger } from '../../lib/core/logger.js';

/** Replaces a client that its source failed to give. Each request rejects with the error, so a watch stops with it. */
export class UnavailableClient implements CoordinationClient {
  readonly state = 'connected';
  readonly logger?: Logger;
  readonly #error: InvalidArgumentError;

  constructor(error: InvalidArgumentError, logger: Logger | undefined) {
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
