import type { CoordinationClient } from './coordination-client.js';

/**
 * A kind of watches: `data`, `children` and `tree` are those of {@link DataWatch}, {@link ChildrenWatch} and
 * {@link TreeWatch}, `subscription` those of {@link subscribe}, `blob` those of a `BlobStorage`, and `patient` the
 * waits of a {@link PatientChildrenWatch}.
 */
export type WatchKind = 'data' | 'children' | 'tree' | 'subscription' | 'blob' | 'patient';

const KINDS: readonly WatchKind[] = ['data', 'children', 'tree', 'subscription', 'blob', 'patient'];

/** The watches of one kind and the calls of their functions. */
export interface WatchMetrics {
  /** How many watch now. */
  readonly running: number;
  /** Calls of their functions that have begun, and turns of their loops. */
  readonly calls: number;
  /** Calls that have thrown, or whose promise has rejected. */
  readonly failedCalls: number;
}

/** The counters of one kind, which only the recipes change. */
export type WatchCounts = { -readonly [K in keyof WatchMetrics]: WatchMetrics[K] };

type CountsByKind = Readonly<Record<WatchKind, WatchCounts>>;

const all = new WeakMap<CoordinationClient, CountsByKind>();

/** The counters of all watches of a client. */
export function watchCountsOf(client: CoordinationClient): CountsByKind {
  let counts = all.get(client);
  if (!counts) {
    counts = byKind(() => ({ running: 0, calls: 0, failedCalls: 0 }));
    all.set(client, counts);
  }
  return counts;
}

/** A copy of the counters of all watches of a client. */
export function watchMetricsOf(client: CoordinationClient): Record<WatchKind, WatchMetrics> {
  const counts = watchCountsOf(client);
  return byKind((kind) => ({ ...counts[kind] }));
}

function byKind<T>(make: (kind: WatchKind) => T): Record<WatchKind, T> {
  return Object.fromEntries(KINDS.map((kind) => [kind, make(kind)])) as Record<WatchKind, T>;
}
