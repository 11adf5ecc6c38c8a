import type { Acl } from './coordination-client.js';

/** The world, everything. */
export const OPEN_ACL: readonly Acl[] = Object.freeze([{ perms: 31, scheme: 'world', id: 'anyone' }]);
