import { SPEECH } from './limits.js';

/** Whether a line about a state is one for a log of warnings too: a session is lost, or a reported outage has ended. */
export function isNotable(details: object): boolean {
  const { state, lostSessionId, outageMs } = details as {
    state?: unknown;
    lostSessionId?: unknown;
    outageMs?: unknown;
  };
  return state === 'lost' || lostSessionId !== undefined || Number(outageMs ?? 0) >= SPEECH.unconnectedAfter;
}
