import { it } from 'vitest';
import { AttackedServer } from './attacked-server.js';

/** The largest length that a frame can announce. */
export const LARGEST_INT = 2 ** 31 - 1;
export const TRUNCATED = 'is malformed: the record is truncated';

/** Bytes that no server should accept, and the reason that the embedded server's log gives. */
export interface Hostility {
  readonly name: string;
  readonly bytes: Buffer;
  readonly reason: string;
}

/** One byte for each character. */
export const text = (value: string): Buffer => Buffer.from(value, 'latin1');

/** A test against an attacked server of its own. */
export const attack = it.extend<{ attacked: AttackedServer }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the names of the fixtures from the pattern.
  attacked: async ({}, use) => {
    await using attacked = await AttackedServer.start();
    await use(attacked);
  },
});
