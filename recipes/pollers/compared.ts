import { ChangeSet, type Coalesced, type Identity } from '../changes/index.js';
import { forEach, sort, type Work } from '../tree/index.js';
import { POLLING } from './limits.js';
import type { FoundEntry, KnownEntries, KnownEntry, Source } from './source.js';
import type { PollEvent } from './types.js';

const IDENTITY: Identity<KnownEntry> = {
  isSame: (before, now) => before.id === now.id && before.version === now.version,
  isRecreated: (before, now) => before.id !== now.id,
};

/** How an entry has changed since it was known. */
export type EntryChange = Coalesced<KnownEntry>;

/** How what was found differs from what is known: deletions first, from below, then the rest from above. */
export function* changesOf(
  known: KnownEntries,
  found: ReadonlyMap<string, FoundEntry | null>,
): Work<readonly EntryChange[]> {
  const set = new ChangeSet<KnownEntry>(IDENTITY);
  yield* forEach(found, POLLING.comparedAtOnce, ([path, now]) =>
    set.add({ path, before: known.get(path) ?? null, now }),
  );
  const changes: EntryChange[] = [];
  yield* forEach(set.changes(), POLLING.comparedAtOnce, (change) => changes.push(change));
  return yield* sort(changes, compare);
}

function compare(one: EntryChange, other: EntryChange): number {
  const [isGone, isOtherGone] = [one.type === 'deleted', other.type === 'deleted'];
  if (isGone !== isOtherGone) return isGone ? -1 : 1;
  const order = one.path < other.path ? -1 : 1;
  return isGone ? -order : order;
}

/** The events of changes, in the same order. */
export function* eventsOf(changes: readonly EntryChange[], source: Source): Work<PollEvent[]> {
  const events: PollEvent[] = [];
  yield* forEach(changes, POLLING.comparedAtOnce, (change) => events.push(eventOf(change, source)));
  return events;
}

function eventOf({ path: key, type, recreated, before, now }: EntryChange, source: Source): PollEvent {
  const subject = source.subjectOf(key);
  const { size, modified, etag } = (now ?? {}) as Partial<FoundEntry>;
  const isDirectory = (now ?? before)?.isDirectory === true;
  return Object.freeze({
    subject,
    type,
    recreated,
    ...(size !== undefined && !isDirectory && { size }),
    ...(modified !== undefined && { modified }),
    ...(etag !== undefined && { etag }),
    ...(isDirectory && { directory: true }),
  });
}

/** Takes changes over into what is known. */
export function* remember(known: Map<string, KnownEntry>, changes: readonly EntryChange[]): Work<void> {
  yield* forEach(changes, POLLING.comparedAtOnce, ({ path: key, now }) => {
    if (now) known.set(key, toKnown(now));
    else known.delete(key);
  });
}

/** Gives what was known before any of the changes, while they are taken over. */
export function knownBefore(known: KnownEntries, changes: readonly EntryChange[]): KnownEntries {
  const entries = new Map(known);
  for (const { path: key, before } of changes) {
    if (before) entries.set(key, before);
    else entries.delete(key);
  }
  return entries;
}

/** Makes what was found known, before anything is. It is the same map, as that of a large tree takes time to copy. */
export function* rememberAll(found: Map<string, FoundEntry | null>): Work<Map<string, KnownEntry>> {
  yield* forEach(found, POLLING.comparedAtOnce, ([key, now]) => {
    if (!now) found.delete(key);
    else if (hasFacts(now)) found.set(key, toKnown(now));
  });
  return found as Map<string, KnownEntry>;
}

function hasFacts({ size, modified, etag }: FoundEntry): boolean {
  return size !== undefined || modified !== undefined || etag !== undefined;
}

/** Without the facts of the event. */
function toKnown({ id, version, isDirectory }: KnownEntry): KnownEntry {
  return { id, version, isDirectory };
}
