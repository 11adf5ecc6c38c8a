import type { WatchedEvent } from './coordination-client.js';

/**
 * An event that nobody can change: the watchers of a path share it.
 *
 * @param zxid 0n or missing: unknown
 */
export function frozenEvent(type: WatchedEvent['type'], path: string, zxid: bigint | null = null): WatchedEvent {
  if (!zxid) return Object.freeze({ type, path });
  return Object.freeze(Object.defineProperty({ type, path, zxid }, 'toJSON', { value: toJson }));
}

/** Called by `JSON.stringify`, which has no form for bigints. */
function toJson(this: WatchedEvent): object {
  return { ...this, zxid: String(this.zxid) };
}
