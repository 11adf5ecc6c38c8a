import type { AuthFailedError } from '../../core/errors.js';
import type { AuthInfo, ConnectionHandlers } from '../connection/connection.js';
import type { TlsError } from '../connection/tls-error.js';
import type { Link } from './link.js';
import { refusedBy } from './rejections.js';
import type { SeenZxids } from './seen-zxids.js';
import type { SessionOptions } from './session-options.js';
import type { Tenure } from './tenure.js';

/** Opens the connections of a session, each with its session, its zxid and the credentials. */
export class Opener {
  readonly #options: Pick<SessionOptions, 'connector' | 'sessionTimeout' | 'maxReplySize' | 'counts'>;
  readonly #chroot: string;
  readonly #tenure: Pick<Tenure, 'credentials'>;
  readonly #seen: Pick<SeenZxids, 'last'>;
  readonly #auth: AuthInfo[] = [];

  constructor(options: SessionOptions, tenure: Pick<Tenure, 'credentials'>, seen: Pick<SeenZxids, 'last'>) {
    this.#options = options;
    this.#chroot = options.watches.chroot.path;
    this.#tenure = tenure;
    this.#seen = seen;
    for (const auth of options.auth) this.#keep(auth);
  }

  /** The error for the refusal of a connection. @param reason as for {@link refusedBy} */
  refusal(reason: Error): AuthFailedError | TlsError {
    return refusedBy(reason, this.#auth);
  }

  /** Adds credentials, for this connection and each later one. */
  addAuth(auth: AuthInfo, link: Link | null): void {
    this.#keep(auth);
    link?.addAuth(auth);
  }

  /** Once each: every connection waits for the answers to all of them. */
  #keep({ scheme, auth }: AuthInfo): void {
    if (!this.#auth.some((each) => each.scheme === scheme && each.auth === auth)) this.#auth.push({ scheme, auth });
  }

  open(link: Link, handlers: ConnectionHandlers): void {
    const { target: server, isProbe, mayOnlyRead } = link;
    const { connector, sessionTimeout, maxReplySize, counts } = this.#options;
    counts.connections.attempted += 1;
    if (server.address === null) return handlers.closed({ kind: 'failed', cause: server.reason });
    // A server without a quorum knows no session of the ensemble, and would say that it has expired.
    const session = mayOnlyRead ? null : this.#tenure.credentials;
    const lastZxid = isProbe ? 0n : this.#seen.last;
    const auth = [...this.#auth];
    link.credentials = auth.length;
    const settings = { sessionTimeout, session, lastZxid, auth, chroot: this.#chroot, maxReplySize, mayOnlyRead };
    link.connection = connector({ server, ...settings, counts: counts.connections }, handlers);
  }

  /** Sends the credentials that were added since the connection began to open. */
  sendLateAuth(link: Link): void {
    for (const auth of this.#auth.slice(link.credentials)) link.addAuth(auth);
  }
}
