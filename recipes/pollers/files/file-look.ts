import type { BigIntStats } from 'node:fs';
import { codeOf } from '../../../lib/core/errors.js';
import type { FoundEntry, Question } from '../source.js';
import type { WatchedDirectory } from './directory-watch.js';
import { FileCalls } from './file-calls.js';
import { idOf, isDirectoryIn } from './file-entry.js';
import { type ByteText, below, nameOf, parentOf } from './file-names.js';
import type { FileState } from './file-state.js';
import { Findings } from './findings.js';
import { FILES } from './limits.js';

/** A directory that is to be listed. */
interface Visit {
  readonly key: ByteText;
  readonly stat: BigIntStats;
}

/** The permissions do not allow to examine a path. */
const FORBIDDEN: ReadonlySet<unknown> = new Set(['EACCES', 'EPERM']);

/** One look at a directory: examines all of it, or what there are hints about. */
export class FileLook {
  readonly #state: FileState;
  readonly #question: Question;
  readonly #calls: FileCalls;
  readonly #findings: Findings;
  #isWhole: boolean;

  /** @param isWhole whether all is compared, whatever hints there are */
  constructor(state: FileState, question: Question, isWhole: boolean) {
    this.#state = state;
    this.#question = question;
    this.#isWhole = isWhole;
    this.#calls = new FileCalls(question.signal);
    this.#findings = new Findings(state, question);
  }

  /** Whether all was compared. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** Rejects unless all could be read. Nothing goes on after it has settled. */
  async run(): Promise<Map<ByteText, FoundEntry | null>> {
    try {
      return await this.#run();
    } catch (error) {
      this.#calls.fail(error);
      throw error;
    } finally {
      this.#calls.end();
    }
  }

  async #run(): Promise<Map<ByteText, FoundEntry | null>> {
    const { root, watches } = this.#state;
    await this.#calls.polled();
    const stat = await this.#calls.stat(root);
    if (!stat?.isDirectory()) return this.#withoutRoot();
    const known = watches.get('');
    const isSame = known !== undefined && known.id === this.#idOf(stat) && !known.isEnded;
    if (watches.takeFlood() || !isSame) this.#isWhole = true;
    if (!this.#isWhole) await this.#compareHinted();
    if (this.#isWhole || this.#findings.hasNewLink) await this.#compareAll(stat);
    await this.#findBelowGone();
    await this.#settleReported();
    await this.#settleOthers();
    this.#findings.rememberYoung();
    return this.#findings.found;
  }

  /** All that was there is gone. */
  #withoutRoot(): Map<ByteText, FoundEntry | null> {
    const { watches, rests, links, young } = this.#state;
    watches.closeAll();
    for (const each of [rests, links, young]) each.clear();
    this.#isWhole = true;
    return new Map(Array.from(this.#question.known.keys(), (key) => [key, null]));
  }

  async #compareAll(stat: BigIntStats): Promise<void> {
    const { links, rests, watches } = this.#state;
    this.#isWhole = true;
    links.clear();
    await this.#walk([{ key: '', stat }]);
    const { known } = this.#question;
    for (const keys of [known.keys(), rests.keys])
      await this.#calls.inSlices(keys, (key) => this.#findings.isUnseen(key));
    await this.#calls.inSlices([...watches], ({ key }) => {
      if (key !== '' && !this.#findings.hasSeen(key)) watches.close(key);
    });
  }

  async #compareHinted(): Promise<void> {
    const { watches, rests, links } = this.#state;
    const findings = this.#findings;
    const changed = watches.takeChanged().sort((one, other) => (one.key < other.key ? -1 : 1));
    for (const directory of changed) {
      // Those above it come first, and may have found something else in its place: a link must not be followed.
      const isThere = watches.get(directory.key) === directory && !findings.isBelowGone(directory.key);
      if (isThere) await this.#walk(await this.#visitAgain(directory));
    }
    const unreported = [...rests.keys, ...links.keys()].filter((key) => {
      return !findings.hasSeen(key) && !findings.isBelowGone(key);
    });
    await this.#examine(unreported);
  }

  async #visitAgain(directory: WatchedDirectory): Promise<readonly Visit[]> {
    if (directory.isWatched && !directory.isEnded) return this.#list(directory);
    const { key } = directory;
    try {
      const stat = await this.#calls.lstat(below(this.#state.root, key), directory.isLocal);
      return stat?.isDirectory() ? [{ key, stat }] : [];
    } catch (error) {
      this.#mayNotRead(key, parentOf(key) ?? '', error);
      return [];
    }
  }

  async #walk(visits: readonly Visit[]): Promise<void> {
    for (let level = visits; level.length > 0; ) {
      const next: Visit[] = [];
      await this.#calls.forEach(level, FILES.atOnce.directories, async (visit) => {
        const directory = await this.#open(visit);
        if (directory) for (const each of await this.#list(directory, isSmall(visit.stat))) next.push(each);
      });
      level = next;
    }
  }

  /** Sees that a directory is watched before it is listed. */
  async #open({ key, stat }: Visit): Promise<WatchedDirectory | undefined> {
    const { watches, root } = this.#state;
    const path = below(root, key);
    const known = watches.get(key);
    let id = this.#idOf(stat);
    // Where no watch was left there may be one by now: that is tried when all is compared.
    if (known?.id === id && !known.isEnded && (known.isWatched || !this.#isWhole)) return known;
    if (known && known.id !== id) this.#findings.isReplaced(key);
    const isLocal = await watches.isLocal(stat.dev, () => this.#calls.fileSystem(path));
    for (let round = 0; round < FILES.rounds; round += 1) {
      const directory = watches.open(key, path, { id, isLocal });
      if (!directory?.isWatched) return directory;
      const now = key === '' ? await this.#calls.stat(path) : await this.#calls.lstat(path, isLocal);
      if (!now?.isDirectory()) break;
      if (this.#idOf(now) === id) return directory;
      // Another one took its place: it is not certain which of them is watched.
      id = this.#idOf(now);
    }
    watches.close(key);
    return undefined;
  }

  /** Compares a directory by listing it. Returns the directories in it that are to be listed. */
  async #list(directory: WatchedDirectory, isSmall = false): Promise<readonly Visit[]> {
    const { key, names: before } = directory;
    const { known } = this.#question;
    const hints = directory.takeHints();
    const names = await this.#namesIn(directory, isSmall && directory.isLocal);
    if (!names) return [];
    // It could not be read until now: what of it is known may be gone.
    if (!before && known.get(key)?.id === directory.id) this.#isWhole = true;
    const isWhole = this.#isWhole || !directory.isWatched || !directory.isListed;
    directory.listed(names);
    const gone = await this.#setOf(before ?? []);
    const examined: ByteText[] = [];
    await this.#calls.inSlices(names, (name) => {
      const isNew = !gone.delete(name);
      if (isWhole || isNew || hints === null || hints.has(name)) examined.push(name);
    });
    await this.#calls.inSlices(gone, (name) => this.#findings.isGone(keyOf(key, name)));
    const keys = examined.map((name) => keyOf(key, name));
    // Where the hints were too many to be kept, it is not known which entries they were about.
    return this.#examine(keys, directory, hints);
  }

  /** `undefined` when there is no directory any more, which those above it find, or when it may not be read. */
  async #namesIn(directory: WatchedDirectory, isSmall: boolean): Promise<readonly ByteText[] | undefined> {
    const { key } = directory;
    const { root, watches } = this.#state;
    try {
      return await this.#calls.list(below(root, key), isSmall);
    } catch (error) {
      this.#mayNotRead(key, key, error);
      watches.again(directory);
      return undefined;
    }
  }

  async #setOf(names: readonly ByteText[]): Promise<Set<ByteText>> {
    const set = new Set<ByteText>();
    await this.#calls.inSlices(names, (name) => set.add(name));
    return set;
  }

  /** Compares entries, of one directory perhaps. Returns the directories among them that are to be listed. */
  async #examine(
    keys: readonly ByteText[],
    directory?: WatchedDirectory,
    hints?: ReadonlySet<ByteText> | null,
  ): Promise<readonly Visit[]> {
    const { root, recurse, watches, ignores } = this.#state;
    const examined = ignores ? keys.filter((key) => !ignores(key)) : keys;
    const visits: Visit[] = [];
    const take = (index: number, stat: BigIntStats | undefined): void => {
      const key = examined[index] as ByteText;
      if (!stat) return this.#findings.isGone(key);
      const isHinted = hints ? hints.size > 0 && hints.has(nameOf(key)) : false;
      const isReported = (directory ?? watches.get(parentOf(key) ?? ''))?.isWatched === true;
      this.#findings.consider(key, stat, isHinted, isReported);
      if (recurse && isDirectoryIn(stat) && !this.#isListed(key, stat)) visits.push({ key, stat });
    };
    const refused = (index: number, error: unknown): void => {
      const key = examined[index] as ByteText;
      this.#mayNotRead(key, parentOf(key) ?? '', error);
    };
    const pathOf = (key: ByteText): ByteText => below(root, key);
    await this.#calls.lstatEach(examined, pathOf, directory?.isLocal === true, take, refused);
    return visits;
  }

  #isListed(key: ByteText, stat: BigIntStats): boolean {
    const known = this.#state.watches.get(key);
    return !this.#isWhole && known?.id === this.#idOf(stat) && !known.isEnded;
  }

  /** Throws where nothing is left to poll. */
  #mayNotRead(key: ByteText, directory: ByteText, error: unknown): void {
    if (key === '' || !FORBIDDEN.has(codeOf(error))) throw error;
    this.#findings.keep(key);
    const { root, watches } = this.#state;
    watches.unreadable(below(root, directory), error);
  }

  async #findBelowGone(): Promise<void> {
    const findings = this.#findings;
    if (!findings.isAnythingBelowGone) return;
    const { watches, rests, links } = this.#state;
    // Those that rest may not be known yet.
    for (const keys of [this.#question.known.keys(), rests.keys, links.keys()])
      await this.#calls.inSlices(keys, (key) => {
        if (findings.isBelowGone(key)) findings.isGone(key);
      });
    await this.#calls.inSlices([...watches], ({ key }) => {
      if (findings.isBelowGone(key)) watches.close(key);
    });
  }

  /** Examines again what has changed since, until every hint about it is one of a later change. */
  async #settleReported(): Promise<void> {
    const { young } = this.#findings;
    for (let round = 0; young.size > 0 && round < FILES.rounds; round += 1) {
      await this.#calls.polled();
      const again = [...young.keys()].filter((key) => {
        return this.#state.watches.get(parentOf(key) ?? '')?.takeHint(nameOf(key)) === true;
      });
      if (again.length === 0) return;
      await this.#examine(again);
    }
  }

  /** Examines again, when any change must show by then, what the system does not report. */
  async #settleOthers(): Promise<void> {
    const { racy } = this.#findings;
    for (let round = 0; racy.size > 0 && round < FILES.rounds; round += 1) {
      let latest = 0;
      for (const until of racy.values()) latest = Math.max(latest, until);
      await this.#calls.pause(latest - performance.now());
      const again = [...racy.keys()];
      racy.clear();
      await this.#examine(again);
    }
  }

  #idOf(stat: BigIntStats): string {
    return idOf(stat, this.#state.hasBirth);
  }
}

/** Whether a directory can have few names only. Some file systems give none a size. */
function isSmall({ size }: BigIntStats): boolean {
  return size > 0n && size <= FILES.smallDirectory;
}

function keyOf(directory: ByteText, name: ByteText): ByteText {
  return directory === '' ? name : `${directory}/${name}`;
}
