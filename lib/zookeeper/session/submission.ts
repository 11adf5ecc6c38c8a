import type { CallContext } from '../../core/call-context.js';
import type { Watcher } from '../../core/coordination-client.js';
import type { WireRequest } from '../../protocol/requests.js';
import type { OptionalOperation } from './optional-operations.js';
import type { Call } from './request-clock.js';

/** A type of the server's watches: it has one of each per path and connection. That of `exists` is a data watch. */
export type ServerWatchType = 'data' | 'child';

/** A read that arms a watch of the server. */
export interface ArmingRead {
  readonly type: ServerWatchType;
  readonly absolute: string;
  readonly watcher: Watcher;
  /** In which the watcher is called; missing: without any store. */
  readonly context?: CallContext;
}

/** A request, and what its caller needs to know of it. */
export interface Submission<T> {
  readonly wire: WireRequest<T>;
  /** The znode as the caller names it. */
  readonly path: string;
  /** Whether sending it twice is harmless. */
  readonly isRead: boolean;
  /** The call whose attempts must settle together in time; without one, each request has its own time. */
  readonly call?: Call | undefined;
  /** Servers may lack the operation: the request is rejected with UNIMPLEMENTED at one that is known to. */
  readonly optional?: OptionalOperation | undefined;
  /** The watch that it arms: registered as the reply is read, before anything that the server sent after it. */
  readonly arms?: ArmingRead | undefined;
  /** Whether it is of no use over another connection. */
  readonly isBound?: boolean;
  /** Called as it is sent. */
  readonly onSent?: () => void;
}
