import { ConnectionLossError, codeOf, type ZooKeeperError } from '../core/errors.js';
import { Fifo } from '../core/fifo.js';
import { CONNECTION_LOSS, toError } from './conversions.js';
import { ADAPTER } from './limits.js';
import type { Callback, NodeZooKeeperClient } from './wrapped-client.js';

/** A request of the adapter. */
export interface Request<T extends unknown[]> {
  readonly name: string;
  readonly path: string;
  readonly isWrite: boolean;
  /** Calls the package. */
  send(client: NodeZooKeeperClient, callback: Callback<T>): void;
  /** Called once, as the promise is decided. */
  settled?(isAnswered: boolean): void;
  /** An answer came after that. */
  tooLate?(): void;
}

interface Pending {
  readonly name: string;
  readonly path: string;
  readonly isWrite: boolean;
  readonly begun: number;
  isSettled: boolean;
  send(client: NodeZooKeeperClient): void;
  reject(error: ZooKeeperError): void;
}

/**
 * The requests that were not answered yet. The package gets one only while it is connected: it would keep the others
 * over any length of time, and call back none of those that it had when its session expired. Each settles: with its
 * answer, with the connection that it was sent on, or after three session timeouts.
 */
export class RequestList {
  readonly #client: () => NodeZooKeeperClient | undefined;
  readonly #waiting = new Fifo<Pending>();
  /** In the order of sending. */
  readonly #sent = new Set<Pending>();
  #ticks = 0;

  /** @param client the client to send to; `undefined` without a connection */
  constructor(client: () => NodeZooKeeperClient | undefined) {
    this.#client = client;
  }

  get size(): number {
    return this.#waiting.length + this.#sent.size;
  }

  submit<T extends unknown[]>(request: Request<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const { name, path, isWrite } = request;
      const settle = (isAnswered: boolean): boolean => {
        if (pending.isSettled) return false;
        pending.isSettled = true;
        this.#sent.delete(pending);
        request.settled?.(isAnswered);
        return true;
      };
      const pending: Pending = {
        name,
        path,
        isWrite,
        begun: this.#ticks,
        isSettled: false,
        send: (client) =>
          request.send(client, (error, ...values) => {
            // No exception may reach the package: it would never connect again.
            if (!settle(!error)) request.tooLate?.();
            else if (error) reject(toError(error, name, path));
            else resolve(values);
            // The package reports the loss of its connection here first.
            if (codeOf(error) !== CONNECTION_LOSS) this.flush();
          }),
        reject: (error) => {
          if (settle(false)) reject(error);
        },
      };
      this.#waiting.push(pending);
      this.flush();
    });
  }

  /** Sends what may be sent: more in flight would make the package's queue quadratic. */
  flush(): void {
    while (this.#waiting.length > 0 && this.#sent.size < ADAPTER.requestsInFlight) {
      const client = this.#client();
      if (!client) return;
      const pending = this.#waiting.shift();
      if (pending && !pending.isSettled) this.#send(pending, client);
    }
  }

  /** The connection has ended. */
  connectionLost(): void {
    for (const pending of this.#sent) pending.reject(connectionLoss(pending, 'the connection ended before the answer'));
  }

  /** Rejects all requests. */
  end(errorOf: (name: string, path: string) => ZooKeeperError): void {
    const all = [...this.#sent, ...this.#waiting.extract(() => true)];
    for (const pending of all) pending.reject(errorOf(pending.name, pending.path));
  }

  /** A part of the session timeout has passed, in which the event loop was able to run. */
  tick(): void {
    this.#ticks += 1;
    const isDue = ({ begun }: Pending): boolean => this.#ticks - begun >= ADAPTER.settleTicks;
    for (const pending of this.#sent) {
      if (!isDue(pending)) break;
      pending.reject(connectionLoss(pending, 'no answer came within three session timeouts'));
    }
    for (let next = this.#waiting.peek(); next && isDue(next); next = this.#waiting.peek()) {
      this.#waiting.shift();
      next.reject(
        new ConnectionLossError(
          `${next.name} ${next.path}: no connection within three session timeouts; nothing was sent`,
          {
            path: next.path,
          },
        ),
      );
    }
    this.flush();
  }

  #send(pending: Pending, client: NodeZooKeeperClient): void {
    this.#sent.add(pending);
    try {
      pending.send(client);
    } catch (error) {
      pending.reject(toError(error, pending.name, pending.path));
    }
  }
}

function connectionLoss({ name, path, isWrite }: Pending, reason: string): ConnectionLossError {
  const outcome = isWrite ? '; the outcome is unknown' : '';
  return new ConnectionLossError(`${name} ${path}: ${reason}${outcome}`, { path });
}
