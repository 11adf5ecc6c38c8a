import fs from 'node:fs';
import { turns } from '../../../lib/core/timers.js';
import { FILES } from './limits.js';

const SETTING = '/proc/sys/fs/inotify/max_queued_events';

const floods = new Set<() => void>();
let inTurn = 0;
let most: number | undefined;

/** Counts a notification. All of a process share one queue, so all pollers are warned of a flood. */
export function countHint(): void {
  if (inTurn === 0) {
    turns.next(() => {
      inTurn = 0;
    });
  }
  inTurn += 1;
  most ??= suspiciousCount();
  if (inTurn !== most) return;
  for (const flooded of floods) flooded();
}

/** Calls back when so many notifications came in one turn that the system may have dropped others. */
export function onFlood(flooded: () => void): () => void {
  floods.add(flooded);
  return () => floods.delete(flooded);
}

function suspiciousCount(): number {
  return Math.max(1, Math.floor(Math.min(FILES.queuedEvents, queueLength()) * FILES.suspiciousPart));
}

/** As the machine is set up. */
function queueLength(): number {
  try {
    return Number.parseInt(fs.readFileSync(SETTING, 'latin1'), 10) || FILES.queuedEvents;
  } catch {
    return FILES.queuedEvents;
  }
}
