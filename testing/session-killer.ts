import type { ServerName } from '../lib/core/coordination-client.js';
import { closeSessionRequest } from '../lib/protocol/requests.js';
import type { ZooKeeperClient } from '../lib/zookeeper/client.js';
import { connectTcp } from '../lib/zookeeper/connection/socket.js';

/**
 * Expires a client's session for real: a second connection takes it over, with its id and password, and closes it.
 * Resolves when the server has said so. The client need not be connected.
 */
export async function expireSession(client: ZooKeeperClient, port: number, host = '127.0.0.1'): Promise<void> {
  const { sessionId, sessionPassword, sessionTimeout } = client;
  if (sessionId === null || sessionPassword === null) throw new Error('the client has no session to expire');
  await endSession({ id: sessionId, password: sessionPassword }, sessionTimeout, { host, port });
}

/** The credentials with which another connection takes a session over. */
export interface SessionCredentials {
  id: bigint;
  password: Buffer;
}

/** Ends a session, whichever connection owns it. */
export async function endSession(
  session: SessionCredentials,
  sessionTimeout: number,
  server: ServerName,
): Promise<void> {
  // Its owner may take it back before the close has been sent: then it is taken over again.
  while (!(await killSession(session, sessionTimeout, server)));
}

/** Whether the session is gone now; not when the connection ended before the answer. */
function killSession(session: SessionCredentials, sessionTimeout: number, server: ServerName): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const connection = connectTcp(
      { server, sessionTimeout, session, lastZxid: 0n, auth: [] },
      {
        opened: () =>
          connection.request(closeSessionRequest(), () => {
            connection.destroy();
            resolve(true);
          }),
        heard: () => {},
        reached: () => {},
        receiving: () => {},
        event: () => {},
        closed: ({ kind, cause }) => {
          if (kind === 'expired') resolve(true);
          else if ('code' in cause && cause.code === 'ECONNREFUSED') reject(cause);
          else resolve(false);
        },
      },
    );
  });
}
