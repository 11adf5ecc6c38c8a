import { collectGarbage } from '../../testing/collect-garbage.js';

/** Bytes that this process retains after a garbage collection. */
export async function retainedMemory(): Promise<number> {
  // Finalizers of the first round may release more garbage.
  for (let round = 0; round < 2; round += 1) {
    collectGarbage();
    await new Promise(setImmediate);
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
