import { createHash } from 'node:crypto';

/** What programs authenticate with. */
export const IDENTITIES = ['u:p', 'v:w'] as const;

/** What ACLs say of an identity. */
export function digestOf(identity: string): string {
  return `${identity.split(':')[0]}:${createHash('sha1').update(identity).digest('base64')}`;
}
