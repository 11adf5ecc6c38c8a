import type { ZooKeeperError } from '../../core/errors.js';
import { SESSION } from '../../core/limits.js';
import type { Operation } from '../../protocol/op-code.js';
import { ServerCode } from '../../protocol/server-code.js';
import { serverErrorOf } from '../../protocol/server-error.js';
import { keyOf } from './address-book.js';
import type { Link } from './link.js';
import type { Submission } from './submission.js';

/** The operations of calls that came after ZooKeeper 3.4. */
const LATER: ReadonlySet<string> = new Set<Operation>(['createContainer', 'createTtl', 'multiRead', 'whoAmI']);

/** A server's answer that it does not know an operation. */
interface Refusal {
  readonly link: Link;
  readonly at: number;
}

/**
 * The operations that servers do not know, by address. An old server ends the connection after that answer: the next
 * call is refused by the client, so that it does not cost the next connection. A server that leaves the connection open
 * is asked each time, and so is one that may have been replaced by a newer one meanwhile.
 */
export class RefusedOperations {
  readonly #refusals = new Map<string, Refusal>();

  /** The server of the link has answered that it does not know the operation. */
  note(operation: string, link: Link): void {
    if (LATER.has(operation)) this.#refusals.set(keyFor(operation, link), { link, at: performance.now() });
  }

  /** The error for a request that the server would end the connection over; `null` where it may be sent. */
  errorFor({ wire, path }: Submission<unknown>, link: Link): ZooKeeperError | null {
    if (!LATER.has(wire.name)) return null;
    const key = keyFor(wire.name, link);
    const refusal = this.#refusals.get(key);
    if (!refusal || refusal.link === link) return null;
    if (!endedConnection(refusal) || performance.now() - refusal.at > SESSION.refusedFor) {
      this.#refusals.delete(key);
      return null;
    }
    const reason = `the server ${link.server} does not know the operation, and ended a connection over it`;
    const message = `${wire.name} ${path}: UNIMPLEMENTED: ${reason}; nothing was sent`;
    return serverErrorOf('UNIMPLEMENTED', message, { path, serverCode: ServerCode.UNIMPLEMENTED });
  }
}

function endedConnection({ link, at }: Refusal): boolean {
  return link.endedAt - at < SESSION.hangUpWithin && !link.isGivenUp;
}

function keyFor(operation: string, { target }: Link): string {
  return `${operation} ${keyOf(target)}`;
}
