import type { BigIntStats } from 'node:fs';
import type { FoundEntry, KnownEntry } from '../source.js';

const TYPES = [
  ['f', 'isFile'],
  ['d', 'isDirectory'],
  ['l', 'isSymbolicLink'],
  ['p', 'isFIFO'],
  ['s', 'isSocket'],
  ['c', 'isCharacterDevice'],
  ['b', 'isBlockDevice'],
] as const;

/** Where ids have the time of birth. */
const BIRTH = '@';
/** Begins the number of changes that no time of the file shows. */
const UNSEEN = '+';

/**
 * The entry of what a path leads to. A directory has no version: its times change with everything in it.
 *
 * @param hasBirth whether the system gives the time of birth; where it does not, that of the last change is in its place
 */
export function entryOf(stat: BigIntStats, hasBirth: boolean): FoundEntry {
  const { size, mtimeNs, ctimeNs, mtimeMs } = stat;
  const isDirectory = stat.isDirectory();
  const modified = new Date(Number(mtimeMs));
  const base = { id: idOf(stat, hasBirth), isDirectory, modified };
  return isDirectory
    ? { ...base, version: '' }
    : { ...base, version: `${size}:${mtimeNs}:${ctimeNs}`, size: Number(size) };
}

/** Distinguishes a file from each that had its name before. A system may give the number of a removed file anew. */
export function idOf(stat: BigIntStats, hasBirth: boolean): string {
  const { dev, ino, birthtimeNs } = stat;
  const type = TYPES.find(([, is]) => stat[is]())?.[0] ?? '?';
  const birth = hasBirth && birthtimeNs > 0n ? `${BIRTH}${birthtimeNs}` : '';
  return `${type}${dev}:${ino}${birth}`;
}

/** Whether both are of the same file. The time of birth counts where both have one. */
export function isSameFile(id: string, other: string): boolean {
  if (id === other) return true;
  const [[file, birth], [otherFile, otherBirth]] = [id.split(BIRTH), other.split(BIRTH)];
  return file === otherFile && (birth === undefined || otherBirth === undefined);
}

/** The entry with the id that it is known by, if it is the same file. */
export function withKnownId(entry: FoundEntry, known: KnownEntry | undefined): FoundEntry {
  if (!known || entry.id === known.id || !isSameFile(entry.id, known.id)) return entry;
  return { ...entry, id: known.id };
}

/** Whether nothing of the file shows a change. */
export function isUnchanged({ id, version }: FoundEntry, known: KnownEntry | undefined): known is KnownEntry {
  return known !== undefined && id === known.id && version === known.version.split(UNSEEN, 1)[0];
}

/** The entry after a change that only a notification has shown. */
export function withUnseenChange(entry: FoundEntry, { version }: KnownEntry): FoundEntry {
  const [, count = '0'] = version.split(UNSEEN);
  return { ...entry, version: `${entry.version}${UNSEEN}${Number(count) + 1}` };
}
