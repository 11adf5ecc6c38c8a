import type { ZooKeeperError } from '../../core/errors.js';
import type { WireRequest } from '../../protocol/requests.js';
import type { Link } from './link.js';
import type { OptionalOperation, OptionalOperations } from './optional-operations.js';
import type { SeenZxids } from './seen-zxids.js';
import type { Submission } from './submission.js';

/**
 * The end of a request: the server's error number, 0 for success; `missing` when the server is known to lack the
 * operation and nothing was sent; `lost` without an answer.
 */
export type WatchAnswer = number | 'missing' | 'lost';

/** Sends the requests about the watches of one connection. A server may lack any of them. */
export class WatchRequests {
  readonly #link: Link;
  readonly #optional: OptionalOperations;
  readonly #seen: Pick<SeenZxids, 'last'>;
  readonly #submit: (submission: Submission<void>) => Promise<void>;

  constructor(
    link: Link,
    optional: OptionalOperations,
    seen: Pick<SeenZxids, 'last'>,
    submit: (submission: Submission<void>) => Promise<void>,
  ) {
    this.#link = link;
    this.#optional = optional;
    this.#seen = seen;
    this.#submit = submit;
  }

  /** The last transaction that the client has seen: each change after it is told over this connection, or later. */
  get lastZxid(): bigint {
    return this.#seen.last;
  }

  /**
   * Sends a request. Never rejects.
   *
   * @param onSent called as it is sent, after all that was submitted before
   */
  async send(
    operation: OptionalOperation,
    wire: WireRequest<void>,
    path: string,
    onSent?: () => void,
  ): Promise<WatchAnswer> {
    if (!this.#optional.begin(operation, this.#link)) return 'missing';
    let error = 0;
    try {
      await this.#submit({ wire, path, isRead: false, ...(onSent && { onSent }) });
    } catch (rejection) {
      const { serverCode } = rejection as ZooKeeperError;
      if (serverCode === undefined) return 'lost';
      error = serverCode;
    }
    this.#optional.answered(operation, this.#link, error);
    return error;
  }
}
