import { ConnectionLossError } from '../../lib/core/errors.js';
import { ServerCode } from '../../lib/protocol/server-code.js';
import { serverError } from '../../lib/protocol/server-error.js';
import type { SessionWatches } from '../../lib/zookeeper/session/session-watches.js';
import type { ArmingRead, Submission } from '../../lib/zookeeper/session/submission.js';
import { WatchRequests } from '../../lib/zookeeper/session/watch-requests.js';
import { turn } from '../../testing/passing-time.js';

/** A request about watches that waits for its answer. */
export interface HeldRequest {
  readonly name: string;
  readonly frame: Buffer;
  answer(): void;
  refuse(): void;
  /** Ends without an answer. */
  lose(): void;
}

/** Takes the requests about the watches of a session, and answers them when it is asked to. */
export class HeldWatchRequests {
  /** Those without an answer. */
  readonly sent: HeldRequest[] = [];
  /** Whether requests wait for their turn to be sent. */
  isQueueFull = false;
  /** The last transaction that the client has seen. */
  seen = { last: 0n };
  readonly #watches: SessionWatches;

  constructor(watches: SessionWatches) {
    this.#watches = watches;
  }

  get names(): string[] {
    return this.sent.map(({ name }) => name);
  }

  connect(zxid: bigint): void {
    this.#watches.opened();
    this.seen = { last: zxid };
    const submit = <T>({ wire, path, onSent }: Submission<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        if (!this.isQueueFull) onSent?.();
        this.sent.push({
          name: `${wire.name} ${path}`,
          frame: wire.frame,
          answer: () => resolve(undefined as T),
          refuse: () => reject(serverError(ServerCode.UNIMPLEMENTED, wire.name, path)),
          lose: () => reject(new ConnectionLossError('cut')),
        });
      });
    this.#watches.rearmed(new WatchRequests(this.seen, submit));
  }

  /** Answers all requests that wait, and those that follow from that. */
  async answerAll(): Promise<void> {
    for (let next = this.sent.shift(); next; next = this.sent.shift()) {
      next.answer();
      await turn();
    }
  }

  /** A read arms a watch. */
  arm(read: ArmingRead): void {
    this.#watches.begin(read);
    this.#watches.end(read, read.type);
  }
}
