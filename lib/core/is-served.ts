import type { ClientState } from './coordination-client.js';

/** Whether a server answers the client's reads in this state, and its watches are armed. */
export function isServed(state: ClientState): boolean {
  return state === 'connected' || state === 'read-only';
}
