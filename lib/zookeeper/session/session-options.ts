import type { ClientState, ServerName } from '../../core/coordination-client.js';
import type { AuthFailedError } from '../../core/errors.js';
import type { Logger } from '../../core/logger.js';
import type { AuthInfo, Connector } from '../connection/connection.js';
import type { TlsError } from '../connection/tls-error.js';
import type { NameResolver } from './name-resolver.js';
import type { SessionCounts } from './session-counts.js';
import type { SessionWatches } from './session-watches.js';

/** The dependencies and settings of a session. */
export interface SessionOptions {
  readonly servers: readonly ServerName[];
  /** To ask for, in ms. */
  readonly sessionTimeout: number;
  readonly auth: readonly AuthInfo[];
  readonly watches: SessionWatches;
  readonly logger: Logger;
  readonly counts: SessionCounts;
  readonly connector: Connector;
  readonly resolver: NameResolver;
  /** Of one reply, in bytes. */
  readonly maxReplySize: number;
  /** Called after each change of the state. */
  readonly onState: (state: ClientState) => void;
  /** Whether a server without a quorum may be read. */
  readonly readOnly: boolean;
  /** Whether connections are made over TLS: its handshakes take longer. */
  readonly isSecure: boolean;
  /**
   * Called after a server has refused the credentials, or TLS.
   *
   * @param isHopeless whether a further attempt is of no use
   */
  readonly onRefused: (error: AuthFailedError | TlsError, isHopeless: boolean) => void;
}
