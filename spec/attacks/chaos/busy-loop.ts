import { stat } from 'node:fs';
import type { SeededRandom } from '../../../testing/seeded-random.js';
import { ENTRIES, type Entry } from '../simulation/busy-loop.js';
import type { Chronicle } from './chronicle.js';
import type { ChaosFault, Servers } from './servers.js';

/** In session timeouts: the pieces that may cost no session leave time for a ping on a busy machine. */
const HARMLESS_PIECES = [0.1, 0.65] as const;
const PIECES = [0.65, 1.5] as const;
/** For how long the loop stays busy, in session timeouts. */
const BUSY_FOR = [0.3, 4] as const;

/** Runs the function from the given place in a turn of the event loop. */
function enter(entry: Entry, run: () => void): void {
  if (entry === 'timer') setTimeout(run, 0);
  else if (entry === 'immediate') setImmediate(run);
  else if (entry === 'microtask') setImmediate(() => queueMicrotask(run));
  else stat('.', run);
}

/** Blocks this process, the clients' and their writers', in pieces between which the loop makes one turn. */
export function busyLoops(servers: Servers, chronicle: Chronicle): ChaosFault[] {
  let isBusy = false;
  const begin = (pieces: readonly [number, number], random: SeededRandom) => {
    if (isBusy) return null;
    isBusy = true;
    const { sessionTimeout } = servers;
    const entry = random.pick(ENTRIES);
    const piece = random.between(...pieces) * sessionTimeout;
    const total = random.between(...BUSY_FOR) * sessionTimeout;
    const until = performance.now() + total;
    const ended = new Promise<void>((resolve) => {
      const spin = (): void => {
        const end = performance.now() + piece;
        while (performance.now() < end);
        chronicle.blockedUntil = performance.now();
        if (performance.now() < until) return enter(entry, spin);
        isBusy = false;
        resolve();
      };
      enter(entry, spin);
    });
    return { what: `for ${Math.round(total)} ms, ${Math.round(piece)} ms each, by ${entry}`, end: () => ended };
  };
  return [
    {
      name: 'event loop busy in short pieces',
      weight: 2,
      // Servers in this process stand still as well.
      isHarmless: servers.areApart,
      begin: (random) => begin(HARMLESS_PIECES, random),
    },
    { name: 'event loop busy in long pieces', weight: 1, begin: (random) => begin(PIECES, random) },
  ];
}
