import { fourLetterWord } from '../../testing/four-letter-word.js';

/**
 * Whether the server is a ZooKeeper 3.9 or later: it reports the transaction of an event, and keeps the watches of a
 * path apart by their mode.
 */
export async function isSince39(port: number): Promise<boolean> {
  const answer = await fourLetterWord(port, 'srvr');
  const [, major, minor] = /version: (\d+)\.(\d+)\./.exec(answer) ?? [];
  if (minor === undefined) throw new Error(`the server on port ${port} does not say its version: ${answer}`);
  return Number(major) > 3 || Number(minor) >= 9;
}
