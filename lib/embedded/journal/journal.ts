import { join } from 'node:path';
import { ClientClosedError, InvalidArgumentError } from '../../core/errors.js';
import { hex, snapshotName, temporaryName } from './file-names.js';
import { type Files, makeFolder, REAL_FILES, syncFolder } from './files.js';
import { FolderLock } from './folder-lock.js';
import { type DataIoError, reportingIo } from './journal-errors.js';
import { createLog, type OpenLog, reopenLog } from './log-file.js';
import { LogWriter } from './log-writer.js';
import { listFolder, type Playback, playBack, type Recovery, removeSuperseded } from './playback.js';
import { writeSnapshot } from './snapshot-file.js';

export type { Recovery } from './playback.js';

/** How much is logged before a snapshot is due: the one or the other. */
export interface SnapshotThreshold {
  transactions: number;
  bytes: number;
}

/** Settings of a journal. */
export interface JournalOptions {
  /** 100,000 transactions or 64 MiB unless told. */
  snapshotEvery?: SnapshotThreshold;
  /** All up to this zxid is durable, which was not so before. */
  onSynced?: (zxid: bigint) => void;
  /** Writing has failed, and nothing is written any more. Comes once. */
  onFailed?: (error: DataIoError) => void;
}

/** A torn last record that was cut off. */
export interface Cut {
  /** The log. */
  file: string;
  /** Where the record began, and the file ends. */
  offset: number;
  /** How many bytes of the record were there. */
  bytes: number;
}

const SNAPSHOT_EVERY: SnapshotThreshold = { transactions: 100_000, bytes: 64 * 1024 * 1024 };

interface Opened {
  folder: string;
  lock: FolderLock;
  playback: Playback;
  log: OpenLog;
  files: Files;
}

/**
 * What happened, in order, on disk: a log of transactions that is only ever appended to, and snapshots that make the log before
 * them superfluous. It knows nothing of what the transactions mean. Zxids begin at 1 and have no gaps.
 */
export class Journal {
  readonly #folder: string;
  readonly #lock: FolderLock;
  readonly #files: Files;
  readonly #writer: LogWriter;
  readonly #snapshotEvery: SnapshotThreshold;
  /** A torn last record that was cut off when the folder was opened, or `null`. */
  readonly cut: Cut | null;
  #newestSnapshot: bigint;
  #transactionsSince: number;
  #bytesSince: number;
  #snapshotting: Promise<void> | null = null;
  #closed: Promise<void> | null = null;

  private constructor({ folder, lock, playback, log, files }: Opened, options: JournalOptions) {
    const last = playback.log?.last ?? 0n;
    const torn = playback.log?.torn ?? 0;
    const synced = (zxid: bigint): void => options.onSynced?.(zxid);
    const failed = (error: DataIoError): void => options.onFailed?.(error);
    this.#folder = folder;
    this.#lock = lock;
    this.#files = files;
    this.#writer = new LogWriter(folder, log, last, { synced, failed }, files);
    this.#snapshotEvery = options.snapshotEvery ?? SNAPSHOT_EVERY;
    this.cut = torn > 0 ? { file: log.file, offset: log.position, bytes: torn } : null;
    this.#newestSnapshot = playback.snapshot;
    this.#transactionsSince = playback.transactions;
    this.#bytesSince = playback.bytes;
  }

  /**
   * Opens or creates the folder, locks it, and plays back what it holds. What was played back is durable when this resolves.
   *
   * @param files - The file system, for specs.
   * @throws DataLockedError when the folder is open already.
   * @throws DataDamagedError when it holds what was not written so; then nothing in it is changed.
   * @throws DataIoError when the system does not read or write it.
   */
  static async open(
    folder: string,
    recovery: Recovery,
    options: JournalOptions = {},
    files: Files = REAL_FILES,
  ): Promise<Journal> {
    await makeFolder(folder, files);
    await listFolder(folder, files);
    const lock = await FolderLock.acquire(folder);
    try {
      const playback = await playBack(folder, recovery, files);
      const log = playback.log === null ? await createLog(folder, 1n, files) : await reopenLog(playback.log, files);
      try {
        await syncFolder(folder, files);
        await removeSuperseded(folder, playback.snapshot, files);
        return new Journal({ folder, lock, playback, log, files }, options);
      } catch (error) {
        await log.handle.close().catch(() => {});
        throw error;
      }
    } catch (error) {
      await lock.release().catch(() => {});
      throw error;
    }
  }

  /** The zxid of the last transaction, 0 when there is none. */
  get appended(): bigint {
    return this.#writer.appended;
  }

  /** The zxid up to which all is durable. */
  get synced(): bigint {
    return this.#writer.synced;
  }

  /** Whether writing has failed, for good. */
  get hasFailed(): boolean {
    return this.#writer.failure !== null;
  }

  /** Whether enough has been logged since the last snapshot, and another one can be made. */
  get wantsSnapshot(): boolean {
    if (this.#snapshotting !== null || this.#closed !== null || this.#writer.failure !== null) return false;
    const { transactions, bytes } = this.#snapshotEvery;
    return this.#transactionsSince >= transactions || this.#bytesSince >= bytes;
  }

  /**
   * Queues a transaction. The bytes are copied.
   *
   * @throws InvalidArgumentError when the zxid is not the next one.
   * @throws ClientClosedError after `close()`.
   * @throws DataIoError after a failure.
   */
  append(zxid: bigint, bytes: Buffer): void {
    this.#requireOpen();
    if (this.#writer.failure !== null) throw this.#writer.failure;
    if (zxid !== this.appended + 1n) {
      throw new InvalidArgumentError(`zxid ${hex(zxid)} cannot follow on ${hex(this.appended)} in the journal`);
    }
    this.#bytesSince += this.#writer.append(zxid, bytes);
    this.#transactionsSince++;
  }

  /**
   * Puts the state into a snapshot; the log goes on in a new file. Resolves when the snapshot is durable and what it makes superfluous is removed.
   * When it rejects for another reason than a failed log, the journal goes on without it, and wants the next one after as much as ever.
   *
   * @param zxid - The last transaction of the state, which must be the last that was appended.
   * @param pieces - The state. They are asked for one after the other while transactions are appended, but must not show those.
   */
  snapshot(zxid: bigint, pieces: Iterable<Buffer>): Promise<void> {
    const snapshot = this.#snapshot(zxid, pieces);
    const done = (): void => {
      if (this.#snapshotting === settled) this.#snapshotting = null;
    };
    const settled = snapshot.then(done, done);
    this.#snapshotting ??= settled;
    return snapshot;
  }

  /** Resolves when all that was appended is durable; rejects when it will never be. */
  flushed(): Promise<void> {
    return quiet(this.#writer.flushed());
  }

  /** Finishes what was begun and lets the folder go. It never rejects: a failure was told to `onFailed`. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #snapshot(zxid: bigint, pieces: Iterable<Buffer>): Promise<void> {
    this.#requireOpen();
    if (this.#snapshotting !== null) throw new InvalidArgumentError('a snapshot is being written already');
    if (zxid !== this.appended) {
      throw new InvalidArgumentError(`a snapshot at zxid ${hex(zxid)}, though ${hex(this.appended)} is the last one`);
    }
    if (zxid === this.#newestSnapshot) return;
    this.#transactionsSince = 0;
    this.#bytesSince = 0;
    // The snapshot takes its name only then, so that there is always a log that goes on where it ends.
    const logStarted = quiet(this.#writer.startLog());
    await writeSnapshot(this.#folder, zxid, pieces, this.#files);
    await logStarted;
    const file = join(this.#folder, snapshotName(zxid));
    await reportingIo('Finishing the snapshot', file, async () => {
      await this.#files.rename(join(this.#folder, temporaryName(snapshotName(zxid))), file);
      await syncFolder(this.#folder, this.#files);
    });
    this.#newestSnapshot = zxid;
    await removeSuperseded(this.#folder, zxid, this.#files);
  }

  async #close(): Promise<void> {
    await this.#snapshotting;
    await this.#writer.close();
    await this.#lock.release().catch(() => {});
  }

  #requireOpen(): void {
    if (this.#closed !== null) throw new ClientClosedError(`The journal in ${this.#folder} is closed`);
  }
}

/** A promise that may be left alone. */
function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
