import { expect } from 'vitest';
import type { ZooKeeperClient } from '../../../../index.js';
import { eventually } from '../../../../testing/eventually.js';
import { fourLetterWord } from '../../../../testing/four-letter-word.js';

/** Whether a server watches anything below the spec's own chroot. */
export async function isWatched(port: number, chroot: string): Promise<boolean> {
  return (await fourLetterWord(port, 'wchp')).includes(chroot);
}

export async function expectNothingLeft(client: ZooKeeperClient, port: number, chroot: string): Promise<void> {
  expect(client.listenerCount('state')).toBe(0);
  await eventually(async () => !(await isWatched(port, chroot)), { describe: 'no watch on the server' });
}
