import fs from 'node:fs/promises';
import { guardLogger } from '../../../lib/core/logger.js';
import { PollerError } from '../errors.js';
import type { Answer, Question, Source } from '../source.js';
import type { PollerOptions } from '../types.js';
import { DirectoryWatches } from './directory-watches.js';
import { FileCalls } from './file-calls.js';
import { FileLook } from './file-look.js';
import { type ByteText, toByteText, toUrlPath } from './file-names.js';
import type { FileState } from './file-state.js';
import { FILES } from './limits.js';
import { Rests } from './rests.js';

/** A directory. Notifications say where to look, where the system has them; what has changed is found by comparing. */
export class FileSource implements Source, FileState {
  readonly url: string;
  readonly root: ByteText;
  readonly recurse: boolean;
  readonly watches: DirectoryWatches;
  readonly rests: Rests;
  readonly links = new Map<ByteText, bigint>();
  readonly young = new Map<ByteText, number>();
  readonly ignores: ((key: ByteText) => boolean) | undefined;
  readonly #path: string;
  readonly #create: boolean;
  #hasBirth = false;
  #isReported = false;
  /** When all was compared last; before a first time, and after a failure, long ago. */
  #comparedAt = Number.NEGATIVE_INFINITY;
  #push = (): void => {};

  /** @param path absolute; @param options are valid */
  constructor(path: string, { recurse = false, create = false, timeBoundary = 0, ignore, client }: PollerOptions) {
    this.#path = path;
    this.root = toByteText(process.platform === 'win32' ? path.replaceAll('\\', '/') : path);
    this.url = `file://${this.root.startsWith('/') ? '' : '/'}${toUrlPath(this.root)}`;
    this.recurse = recurse;
    this.#create = create;
    this.ignores = ignore && ((key) => ignore(this.subjectOf(key)));
    this.watches = new DirectoryWatches(guardLogger(client?.logger), () => this.#push());
    this.rests = new Rests(timeBoundary, () => this.#push());
  }

  get kind(): 'inotify' | 'stat' {
    return this.#isReported ? 'inotify' : 'stat';
  }

  get hasBirth(): boolean {
    return this.#hasBirth;
  }

  onPush(push: () => void): void {
    this.#push = push;
  }

  subjectOf(key: ByteText): string {
    return `${this.url.endsWith('/') ? this.url : `${this.url}/`}${toUrlPath(key)}`;
  }

  async open(signal: AbortSignal): Promise<void> {
    if (this.#create) await fs.mkdir(this.#path, { recursive: true });
    const calls = new FileCalls(signal);
    try {
      const stat = await calls.stat(this.root);
      if (!stat?.isDirectory()) throw this.#noDirectory(stat === undefined);
      this.#hasBirth = await this.#canHaveBirth(calls);
      const isLocal = await this.watches.isLocal(stat.dev, () => calls.fileSystem(this.root));
      this.#isReported = isLocal && this.watches.tryOne(this.root, { id: '', isLocal });
    } finally {
      calls.end();
    }
  }

  async look(question: Question): Promise<Answer> {
    const isDue = performance.now() - this.#comparedAt >= FILES.compareAfter;
    const look = new FileLook(this, question, isDue || !this.#isReported);
    const before = this.#comparedAt;
    this.#comparedAt = Number.NEGATIVE_INFINITY;
    const startedAt = performance.now();
    const found = await look.run();
    this.#comparedAt = look.isWhole ? startedAt : before;
    this.rests.schedule();
    return { found };
  }

  async close(): Promise<void> {
    this.watches.end();
    this.rests.clear();
  }

  #noDirectory(isMissing: boolean): PollerError {
    const reason = isMissing ? 'there is none: make it, or use the option create' : 'it is no directory';
    return new PollerError(`${this.url} cannot be polled, as ${reason}`, { url: this.url });
  }

  /** Where the system does not give the time of birth, Node gives that of the last change, here too. */
  async #canHaveBirth(calls: FileCalls): Promise<boolean> {
    const stat = await calls.stat(toByteText(process.execPath));
    return stat !== undefined && stat.birthtimeNs !== stat.ctimeNs;
  }
}
