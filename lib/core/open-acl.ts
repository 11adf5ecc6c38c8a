import type { Acl } from './coordination-client.js';

/** Everybody may do everything. */
export const OPEN_ACL: readonly Acl[] = Object.freeze([{ perms: 31, scheme: 'world', id: 'anyone' }]);
