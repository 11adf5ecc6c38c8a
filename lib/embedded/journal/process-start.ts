import { readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { codeOf } from '../../core/errors.js';

const LARGEST_PID = 0x7fffffff;

/**
 * Identifies a process beyond its pid, which the system reuses: the text is the same for the same process. Empty where
 * the system has no such information (Linux has), `null` when no such process lives.
 */
export function startOfProcess(pid: number): string | null {
  return isAlive(pid) ? startOnLinux(pid) : null;
}

function isAlive(pid: number): boolean {
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
    // The 2nd field is the program's name in parentheses, with any characters. State and start are the 3rd and 22nd.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return null;
    return crc32(`${boot} ${fields[19]}`).toString(16).padStart(8, '0');
  } catch {
    return '';
  }
}
