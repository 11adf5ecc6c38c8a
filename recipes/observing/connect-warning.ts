import type { CoordinationClient } from '../../lib/core/coordination-client.js';
import { reportsOf } from './client-reports.js';

/** Reports a client that stays without a connect(), once until it connects. */
export class ConnectWarning {
  readonly #client: CoordinationClient;
  /** Whether the client was `latent` at the last check; `undefined` once that was reported. */
  #wasLatent: boolean | undefined;

  constructor(client: CoordinationClient) {
    this.#client = client;
    this.#wasLatent = client.state === 'latent';
  }

  /** @param paths that wait for a connection */
  check(paths: number): void {
    if (this.#client.state !== 'latent') this.#wasLatent = false;
    else if (this.#wasLatent) {
      this.#wasLatent = undefined;
      reportsOf(this.#client).notConnecting(paths);
    } else if (this.#wasLatent === false) this.#wasLatent = true;
  }
}
