import { createHash } from 'node:crypto';

/** The credentials that programs authenticate with. */
export const IDENTITIES = ['u:p', 'v:w'] as const;

/** The id of credentials in an ACL. */
export function digestOf(identity: string): string {
  return `${identity.split(':')[0]}:${createHash('sha1').update(identity).digest('base64')}`;
}
