import type { Violation } from './rules.js';

/** Port: the watches that servers hold, one entry each. An attack names them as precisely as its servers list them. */
export interface ServerWatches {
  readonly held: readonly string[];
  /** The watches without which a change would be missed. */
  readonly needed: readonly string[];
  /** Watches that may be there without need, at most as many of each name. */
  readonly tolerated?: readonly string[];
}

/** Checks that the server holds each needed watch once, and no other. */
export function serverWatchViolations({ held, needed, tolerated = [] }: ServerWatches): Violation[] {
  const [counts, least, extra] = [countOf(held), countOf(needed), countOf(tolerated)];
  const names = new Set([...counts.keys(), ...least.keys()]);
  return [...names].flatMap((name): Violation[] => {
    const [count, wanted] = [counts.get(name) ?? 0, least.get(name) ?? 0];
    const most = Math.max(wanted, extra.get(name) ?? 0);
    if (count >= wanted && count <= most) return [];
    return [
      { rule: 'one-server-watch', message: `the server holds ${count} watches "${name}", and ${wanted} are needed` },
    ];
  });
}

function countOf(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
