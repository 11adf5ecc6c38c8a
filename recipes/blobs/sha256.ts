import { ZooKeeperError } from '../../lib/core/errors.js';
import { nodeModule } from '../../lib/core/node-module.js';

/** A hash that is fed piece by piece. */
export interface Sha256 {
  update(bytes: Uint8Array): void;
  /** In hexadecimal digits. */
  digest(): string;
}

const crypto = nodeModule('node:crypto');

/** A storage on znodes runs where there are sockets, and so there are hashes. */
export function newSha256(): Sha256 {
  const hash = crypto?.createHash('sha256');
  if (!hash) throw new ZooKeeperError('UNKNOWN', 'BlobStorage needs node:crypto, which is not here');
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest('hex') };
}

/** The SHA-256 of bytes, in hexadecimal digits. */
export function sha256Of(bytes: Uint8Array): string {
  // Short contents take most of their time for the object of a hash.
  if (crypto?.hash) return crypto.hash('sha256', bytes, 'hex');
  const hash = newSha256();
  hash.update(bytes);
  return hash.digest();
}
