import type { ZooKeeperError } from '../../core/errors.js';
import type { WireRequest } from '../../protocol/requests.js';
import { ServerCode } from '../../protocol/server-code.js';
import { REPLY_TOO_LARGE } from '../connection/connection.js';
import type { OptionalOperation } from './optional-operations.js';
import type { SeenZxids } from './seen-zxids.js';
import type { Submission } from './submission.js';

/** Sends the requests about the watches of one connection. A server may lack any of them. */
export class WatchRequests {
  readonly #seen: Pick<SeenZxids, 'last'>;
  readonly #submit: <T>(submission: Submission<T>) => Promise<T>;

  constructor(seen: Pick<SeenZxids, 'last'>, submit: <T>(submission: Submission<T>) => Promise<T>) {
    this.#seen = seen;
    this.#submit = submit;
  }

  /** The last transaction that the client has seen: each change after it is reported over this connection, or later. */
  get lastZxid(): bigint {
    return this.#seen.last;
  }

  /**
   * Sends a request. Never rejects.
   *
   * @param onSent called as it is sent, after all that was submitted before; not for a server that lacks the operation
   * @returns the server's error number, 0 for success; `lost` without an answer
   */
  async send(
    optional: OptionalOperation,
    wire: WireRequest<void>,
    path: string,
    onSent?: () => void,
  ): Promise<number | 'lost'> {
    try {
      await this.#submit({ wire, path, isRead: false, isBound: true, optional, ...(onSent && { onSent }) });
      return 0;
    } catch (error) {
      return (error as ZooKeeperError).serverCode ?? 'lost';
    }
  }

  /**
   * Sends a read whose value is needed. Never rejects.
   *
   * @param onSent called as it is sent
   * @returns the server's error number with it, 0 for success; that of a connection loss without an answer
   */
  async ask<T>(
    wire: WireRequest<T>,
    path: string,
    onSent: () => void,
  ): Promise<{ readonly error: number; readonly value: T | undefined }> {
    try {
      const value = await this.#submit({ wire, path, isRead: false, isBound: true, onSent });
      return { error: value === wire.ifNoNode ? ServerCode.NO_NODE : 0, value };
    } catch (error) {
      const { code, serverCode = ServerCode.CONNECTION_LOSS } = error as ZooKeeperError;
      return { error: code === 'REPLY_TOO_LARGE' ? REPLY_TOO_LARGE : serverCode, value: undefined };
    }
  }
}
