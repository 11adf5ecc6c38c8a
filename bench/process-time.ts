import { readFile } from 'node:fs/promises';

/** The length of a tick of the processor times in /proc, in ms: the kernel reports to all programs in this unit. */
const TICK_MS = 10;
/** The places of the user's and the system's time, counted from the state, which follows the name in brackets. */
const USER = 11;
const SYSTEM = 12;

/** The processor time that a process has used, in ms; null where the system has no /proc. */
export async function processTimeOf(pid: number): Promise<number | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => null);
  if (stat === null) return null;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[USER]) + Number(fields[SYSTEM])) * TICK_MS;
}
