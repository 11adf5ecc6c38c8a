import { collectGarbage } from '../../testing/collect-garbage.js';

/** Bytes that this process holds on to: garbage is collected first. */
export async function retainedMemory(): Promise<number> {
  // What the first one finds to be garbage may be let go of by a callback.
  for (let round = 0; round < 2; round += 1) {
    collectGarbage();
    await new Promise(setImmediate);
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
