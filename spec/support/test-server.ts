import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';

/** The real ZooKeeper that all spec files share: a spec works below a chroot of its own, and harms no other. */
export function sharedServer(): { port: number; connectString: string } {
  const port = inject('zookeeperPort');
  return { port, connectString: `127.0.0.1:${port}` };
}

/** A path that no other spec uses. */
export function uniqueChroot(): string {
  return `/spec-${randomBytes(8).toString('hex')}`;
}
