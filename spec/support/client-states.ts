import type { ClientState } from '../../lib/core/coordination-client.js';

/** Which state of a client may follow on which. */
export const SUCCESSORS: Readonly<Record<ClientState, readonly ClientState[]>> = {
  latent: ['connecting', 'closed'],
  connecting: ['connected', 'latent', 'closed'],
  connected: ['suspended', 'closed'],
  suspended: ['connected', 'lost', 'closed'],
  lost: ['connected', 'closed'],
  closed: [],
};
