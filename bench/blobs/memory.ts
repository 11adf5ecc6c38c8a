import { readFileSync, writeFileSync } from 'node:fs';

/** Bytes that this process retains after a garbage collection, in the heap and outside of it. */
export async function retained(): Promise<number> {
  // Finalizers of one round may release more garbage.
  for (let round = 0; round < 3; round += 1) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/**
 * How much the resident memory of this process grows at most, in bytes, while it works; `null` where the system does
 * not say it.
 */
export async function residentGrowth(work: () => Promise<unknown>): Promise<number | null> {
  await retained();
  try {
    // Linux: resets the peak.
    writeFileSync('/proc/self/clear_refs', '5');
    const before = residentAtMost();
    await work();
    return residentAtMost() - before;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    await work();
    return null;
  }
}

/** Since the last reset. */
function residentAtMost(): number {
  const [, kibibytes = '0'] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'latin1')) ?? [];
  return Number(kibibytes) * 1_024;
}
