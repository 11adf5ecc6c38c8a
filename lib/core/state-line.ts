import type { ClientState, StateChange } from './coordination-client.js';
import type { Line } from './lasting-trouble.js';
import { toHex } from './to-hex.js';

/** The line of the log about a change of the state: plain values, and no stack. */
export function stateLine(state: ClientState, { server, sessionId, cause }: StateChange): Line {
  const session = sessionId === null ? null : toHex(sessionId);
  const to = server ? ` to ${server.host}:${server.port}` : '';
  const inSession = session ? ` in session ${session}` : '';
  const because = cause ? `: ${cause.message}` : '';
  return {
    level: 'info',
    details: { state, server, sessionId: session, ...(cause && { cause: cause.message }) },
    message: `${state}${to}${inSession}${because}`,
  };
}
