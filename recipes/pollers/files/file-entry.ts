import type { BigIntStats } from 'node:fs';
import type { FoundEntry, KnownEntry } from '../source.js';

/** Bits of the mode below those of the type of a file. */
const TYPE_SHIFT = 12;
/** The type of a directory. */
const DIRECTORY = 4;
/** Where ids have the time of birth. */
const BIRTH = '@';
/** Begins the number of changes that no time of the file shows. */
const UNSEEN = '+';

let lastDevice = 0n;

/** Distinguishes a file from each that had its name before. A system may give the number of a removed file again. */
export function idOf(stat: BigIntStats, hasBirth: boolean): string {
  return new ExaminedFile(stat, hasBirth).id;
}

/** The same as `isDirectory()`, for a fraction of its time. */
export function isDirectoryIn({ mode }: BigIntStats): boolean {
  return Number(mode) >> TYPE_SHIFT === DIRECTORY;
}

/** A file as it was examined. Its texts are made when they are asked for: those of most files never are. */
class ExaminedFile implements KnownEntry {
  readonly #type: number;
  readonly #dev: bigint;
  readonly #ino: bigint;
  readonly #birth: bigint;
  readonly #size: bigint;
  readonly #mtimeNs: bigint;
  readonly #ctimeNs: bigint;

  constructor({ mode, dev, ino, size, mtimeNs, ctimeNs, birthtimeNs }: BigIntStats, hasBirth: boolean) {
    // One value in memory for those that are equal.
    if (dev !== lastDevice) lastDevice = dev;
    this.#type = Number(mode) >> TYPE_SHIFT;
    this.#dev = lastDevice;
    this.#ino = ino;
    this.#birth = hasBirth ? birthtimeNs : 0n;
    this.#size = size;
    this.#mtimeNs = mtimeNs === ctimeNs ? ctimeNs : mtimeNs;
    this.#ctimeNs = ctimeNs;
  }

  get isDirectory(): boolean {
    return this.#type === DIRECTORY;
  }

  get id(): string {
    const birth = this.#birth > 0n ? `${BIRTH}${this.#birth}` : '';
    // A template would keep each of its parts in memory.
    return [this.#type.toString(16), this.#dev, `${this.#ino}${birth}`].join(':');
  }

  /** A directory has none: its times change with everything in it. */
  get version(): string {
    return this.isDirectory ? '' : [this.#size, this.#mtimeNs, this.#ctimeNs].join(':');
  }

  /** Whether id and version are the same, without making them. */
  equals(other: ExaminedFile): boolean {
    const isSameFile =
      this.#ino === other.#ino &&
      this.#dev === other.#dev &&
      this.#type === other.#type &&
      this.#birth === other.#birth;
    if (!isSameFile || this.isDirectory) return isSameFile;
    return this.#ctimeNs === other.#ctimeNs && this.#mtimeNs === other.#mtimeNs && this.#size === other.#size;
  }
}

interface Comparison {
  /** Whether the system gives the time of birth, and not that of the last change in its place. */
  readonly hasBirth: boolean;
  /** Whether it has changed, whatever it looks like. */
  readonly isForced: boolean;
  /** Whether no event follows, so that its facts are not needed. */
  readonly isBaseline: boolean;
}

/**
 * Compares what is at a path with what was known.
 *
 * @returns `undefined` when nothing has changed
 */
export function compareFile(
  stat: BigIntStats,
  known: KnownEntry | undefined,
  { hasBirth, isForced, isBaseline }: Comparison,
): FoundEntry | undefined {
  const now = new ExaminedFile(stat, hasBirth);
  if (isBaseline) return now;
  if (known instanceof ExaminedFile && !isForced && known.equals(now)) return undefined;
  const { id: found, version, isDirectory } = now;
  const id = known && isSameFile(found, known.id) ? known.id : found;
  const [seen, unseen = '0'] = known?.version.split(UNSEEN) ?? [];
  const isSame = id === known?.id && version === seen;
  if (isSame && !isForced) return undefined;
  const shown = isSame ? `${version}${UNSEEN}${Number(unseen) + 1}` : version;
  const modified = new Date(Number(stat.mtimeMs));
  return { id, version: shown, isDirectory, modified, size: Number(stat.size) };
}

/** Whether both are of the same file. The time of birth counts where both have one. */
function isSameFile(id: string, other: string): boolean {
  if (id === other) return true;
  const [[file, birth], [otherFile, otherBirth]] = [id.split(BIRTH), other.split(BIRTH)];
  return file === otherFile && (birth === undefined || otherBirth === undefined);
}
