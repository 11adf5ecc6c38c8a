import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { onPath } from '../spec/support/on-path.js';

/**
 * Gives the contenders a processor of their own, and this process with the server and the writers the others, where the system can. A server
 * that wanders between processors serves a client that leaves it one to itself twice as slowly as one that does not.
 *
 * @returns what a contender's command begins with; nothing where it cannot be done
 */
export function separateProcessors(): readonly string[] {
  const taskset = onPath('taskset');
  const count = availableParallelism();
  if (!taskset || count < 2) return [];
  const last = String(count - 1);
  const others = count === 2 ? '0' : `0-${count - 2}`;
  const { status } = spawnSync(taskset, ['-a', '-p', '-c', others, String(process.pid)]);
  return status === 0 ? [taskset, '-c', last] : [];
}
