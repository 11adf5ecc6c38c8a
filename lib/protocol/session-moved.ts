import { ServerCode } from './server-code.js';

/**
 * Another server has taken the session over, as for an attempt that was given up and that a slow server carries out
 * later. Real servers close the connection then (ZOOKEEPER-710), and others answer with an error: the connection is of
 * no more use.
 */
class SessionMovedError extends Error {
  override name = 'SessionMovedError';

  constructor() {
    super('another server has taken the session over');
  }
}

/** @throws SessionMovedError for the number of that error */
export function requireUnmoved(error: number): void {
  if (error === ServerCode.SESSION_MOVED) throw new SessionMovedError();
}
