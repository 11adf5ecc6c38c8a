import { readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { codeOf } from '../../core/errors.js';

const LARGEST_PID = 0x7fffffff;

/**
 * Tells apart the processes that have a pid one after the other: the same text for the same process. Empty where the system does
 * not say (it does on Linux), `null` when no such process lives.
 */
export function startOfProcess(pid: number): string | null {
  return isThere(pid) ? startOnLinux(pid) : null;
}

function isThere(pid: number): boolean {
  if (pid < 1 || pid > LARGEST_PID) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

function startOnLinux(pid: number): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1');
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the program's name in parentheses, which may hold anything. The third is the state, the 22nd the start.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return null;
    return crc32(`${boot} ${fields[19]}`).toString(16).padStart(8, '0');
  } catch {
    return '';
  }
}
