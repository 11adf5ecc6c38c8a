import { codeOf } from '../../../lib/core/errors.js';
import type { Logger } from '../../../lib/core/logger.js';
import { reasonOf } from '../../../lib/core/reason.js';
import { type DirectoryFacts, type HintOwner, isOutOfWatches, WatchedDirectory } from './directory-watch.js';
import { type ByteText, toShownPath } from './file-names.js';
import { isLocal } from './file-systems.js';
import { onFlood } from './hint-count.js';

/** The watches of all directories of a poller, and which of them have changed. */
export class DirectoryWatches implements HintOwner {
  readonly #logger: Logger;
  readonly #push: () => void;
  readonly #letGo: () => void;
  readonly #directories = new Map<ByteText, WatchedDirectory>();
  #changed = new Set<WatchedDirectory>();
  readonly #unwatched = new Set<WatchedDirectory>();
  #isFlooded = false;
  #isEnabled = true;
  #hasWarned = false;
  /** By the number of the device: whether it is of this machine. */
  readonly #devices = new Map<bigint, Promise<boolean>>();
  readonly #unreadable = new Set<ByteText>();

  /** @param push called when a directory has changed */
  constructor(logger: Logger, push: () => void) {
    this.#logger = logger;
    this.#push = push;
    this.#letGo = onFlood(() => {
      this.#isFlooded = true;
      push();
    });
  }

  get(key: ByteText): WatchedDirectory | undefined {
    return this.#directories.get(key);
  }

  [Symbol.iterator](): Iterator<WatchedDirectory> {
    return this.#directories.values();
  }

  /**
   * Whether a device is of this machine, so that the system reports all changes on it.
   *
   * @param fileSystem gives the number of its kind of file system
   */
  isLocal(device: bigint, fileSystem: () => Promise<number>): Promise<boolean> {
    const known = this.#devices.get(device);
    if (known) return known;
    const asked = process.platform === 'linux' ? fileSystem().then(isLocal) : Promise.resolve(false);
    this.#devices.set(device, asked);
    asked.catch(() => this.#devices.delete(device));
    return asked;
  }

  /** Whether the system has a watch left for a directory. Without one, nothing is watched. */
  tryOne(path: ByteText, facts: DirectoryFacts): boolean {
    const isWatched = this.open('', path, facts)?.isWatched === true;
    this.close('');
    if (!isWatched) this.#isEnabled = false;
    return isWatched;
  }

  /** A directory, or what is in it, may not be examined: the first time it is a warning. */
  unreadable(path: ByteText, error: unknown): void {
    if (this.#unreadable.has(path)) return;
    this.#unreadable.add(path);
    const directory = toShownPath(path);
    const message = `${directory} may not be read, so that what is known of it stays as it is: ${reasonOf(error)}`;
    this.#logger.warn({ err: error, directory }, message);
  }

  /** Whether notifications may have been lost since the last time. */
  takeFlood(): boolean {
    const isFlooded = this.#isFlooded;
    this.#isFlooded = false;
    return isFlooded;
  }

  /** The directories with hints since the last time, and those without a watch. */
  takeChanged(): WatchedDirectory[] {
    const changed = new Set([...this.#changed, ...this.#unwatched]);
    this.#changed = new Set();
    return [...changed].filter((each) => this.#directories.get(each.key) === each);
  }

  /**
   * Puts a directory in the place of the one that had its key. It is watched where the system allows it.
   *
   * @returns `undefined` when there is none any more
   */
  open(key: ByteText, path: ByteText, facts: DirectoryFacts): WatchedDirectory | undefined {
    const before = this.#directories.get(key);
    this.close(key);
    const names = before?.id === facts.id ? before.names : undefined;
    const directory = new WatchedDirectory(key, path, facts, names, this);
    try {
      if (facts.isLocal && this.#isEnabled) directory.watch(path);
    } catch (error) {
      const code = codeOf(error);
      if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return undefined;
      if (isOutOfWatches(error)) this.#warn(path, error);
    }
    this.#directories.set(key, directory);
    if (!directory.isWatched) this.#unwatched.add(directory);
    return directory;
  }

  /** The next look is to compare all of a directory. */
  again(directory: WatchedDirectory): void {
    directory.end();
    this.#changed.add(directory);
  }

  close(key: ByteText): void {
    const directory = this.#directories.get(key);
    if (!directory) return;
    directory.close();
    this.#directories.delete(key);
    this.#unwatched.delete(directory);
    this.#changed.delete(directory);
  }

  closeAll(): void {
    for (const key of [...this.#directories.keys()]) this.close(key);
  }

  /** Nothing is watched any more. */
  end(): void {
    this.#isEnabled = false;
    this.#letGo();
    this.closeAll();
  }

  hinted(directory: WatchedDirectory): void {
    this.#changed.add(directory);
    this.#push();
  }

  #warn(path: ByteText, error: unknown): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    const directory = toShownPath(path);
    const message =
      `the system has no watch left for ${directory}, so that it, and maybe others, is compared at each call: ` +
      `raise fs.inotify.max_user_watches or max_user_instances (${reasonOf(error)})`;
    this.#logger.warn({ err: error, directory }, message);
  }
}
