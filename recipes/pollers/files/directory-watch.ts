import fs, { type FSWatcher } from 'node:fs';
import { codeOf } from '../../../lib/core/errors.js';
import { type ByteText, nameOf, toPath } from './file-names.js';
import { countHint } from './hint-count.js';
import { FILES } from './limits.js';

/** Receives what the watches of directories report. */
export interface HintOwner {
  /** A directory has changed, or something in it. */
  hinted(directory: WatchedDirectory): void;
}

/** The properties of a directory. */
export interface DirectoryFacts {
  readonly id: string;
  /** Whether it is on a file system of this machine. */
  readonly isLocal: boolean;
}

/** A directory whose entries are known. */
export class WatchedDirectory {
  readonly key: ByteText;
  /** Of the directory that is watched, and was listed. */
  readonly id: string;
  /** Whether it is on a file system of this machine. */
  readonly isLocal: boolean;
  #names: readonly ByteText[] | undefined;
  #isListed = false;
  readonly #owner: HintOwner;
  readonly #name: ByteText;
  #watcher: FSWatcher | null = null;
  #isEnded = false;
  /** `null`: all of them. */
  #hints: Set<ByteText> | null = new Set();

  /** @param before the names that were known before it is listed */
  constructor(
    key: ByteText,
    path: ByteText,
    { id, isLocal }: DirectoryFacts,
    before: readonly ByteText[] | undefined,
    owner: HintOwner,
  ) {
    this.key = key;
    this.id = id;
    this.isLocal = isLocal;
    this.#names = before;
    this.#owner = owner;
    this.#name = nameOf(path);
  }

  /** The names in it, as they were listed last; `undefined` when it never was. */
  get names(): readonly ByteText[] | undefined {
    return this.#names;
  }

  /** Whether it was listed since it is watched. */
  get isListed(): boolean {
    return this.#isListed;
  }

  listed(names: readonly ByteText[]): void {
    this.#names = names;
    this.#isListed = true;
  }

  /** Whether the system reports its changes: otherwise it is compared at each call. */
  get isWatched(): boolean {
    return this.#watcher !== null;
  }

  /** Whether the watch may be one of another directory, or of none, by now. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /**
   * Starts to watch.
   *
   * @throws the error of the system when it has no watch left, or does not allow one
   */
  watch(path: ByteText): void {
    // Not persistent: a poller that nobody asks keeps no process alive.
    const watcher = fs.watch(toPath(path), { encoding: 'latin1' as BufferEncoding, persistent: false });
    watcher.on('change', (type, name) => this.#changed(type, name as ByteText | null));
    watcher.on('error', () => this.#failed());
    this.#watcher = watcher;
  }

  /** The names that were reported since the last time; `null` for all. */
  takeHints(): ReadonlySet<ByteText> | null {
    const hints = this.#hints;
    this.#hints = new Set();
    return hints;
  }

  /** Takes the hint about one name, if there is one. */
  takeHint(name: ByteText): boolean {
    return this.#hints === null || this.#hints.delete(name);
  }

  /** It could not be listed: all of it is to be compared when it can be. */
  end(): void {
    this.#isEnded = true;
    this.#hints = null;
  }

  close(): void {
    this.#watcher?.close();
    this.#watcher = null;
    this.#isEnded = true;
  }

  #changed(type: string, name: ByteText | null): void {
    if (!this.#watcher) return;
    countHint();
    // Also how the end of the directory itself is reported: nothing follows then. After a move the watch would go on,
    // and share its notifications, which have the old name, with one at the new path.
    if (type === 'rename' && name === this.#name) this.close();
    if (name === null || this.#hints === null || this.#hints.size >= FILES.hintsPerDirectory) this.#hints = null;
    else this.#hints.add(name);
    this.#owner.hinted(this);
  }

  #failed(): void {
    this.end();
    this.#owner.hinted(this);
  }
}

/** Whether the system has no watch left. */
export function isOutOfWatches(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'ENOSPC' || code === 'EMFILE' || code === 'ENFILE';
}
