import type { ClientState } from '../../lib/core/coordination-client.js';

/** Which state of a client may follow on which. */
export const SUCCESSORS: Readonly<Record<ClientState, readonly ClientState[]>> = {
  latent: ['connecting', 'closed'],
  connecting: ['connected', 'read-only', 'latent', 'closed'],
  connected: ['suspended', 'closed'],
  'read-only': ['connected', 'suspended', 'lost', 'closed'],
  suspended: ['connected', 'read-only', 'lost', 'closed'],
  lost: ['connected', 'read-only', 'closed'],
  closed: [],
};
