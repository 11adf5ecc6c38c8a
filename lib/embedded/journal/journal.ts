import { join } from 'node:path';
import { InvalidArgumentError, ZooKeeperError } from '../../core/errors.js';
import type { DataIoError } from '../errors.js';
import { hex } from '../hex.js';
import { EMBEDDED_LIMITS } from '../limits.js';
import { snapshotName, temporaryName } from './file-names.js';
import { type Files, makeFolder, REAL_FILES, syncFolder } from './files.js';
import { FolderLock } from './folder-lock.js';
import { createLog, type OpenLog, reopenLog } from './log-file.js';
import { LogWriter } from './log-writer.js';
import { makePrivate } from './permissions.js';
import { listFolder, type Playback, playBack, type Recovery, removeSuperseded } from './playback.js';
import { reportingIo } from './reporting-io.js';
import { writeSnapshot } from './snapshot-file.js';
import type { SnapshotThreshold } from './snapshot-threshold.js';

export type { Recovery } from './playback.js';

/** The settings of a journal. */
export interface JournalOptions {
  /** Default: 100,000 transactions or 64 MiB. */
  snapshotEvery?: SnapshotThreshold;
  /** Called when more transactions have become durable, up to this zxid. */
  onSynced?: (zxid: bigint) => void;
  /** Called once, when writing has failed and the journal has given up. */
  onFailed?: (error: DataIoError) => void;
}

/** A torn last record that was cut off. */
export interface Cut {
  /** The log. */
  file: string;
  /** The offset at which the record began and the file now ends. */
  offset: number;
  /** The number of bytes that were cut off. */
  bytes: number;
}

const SNAPSHOT_EVERY: SnapshotThreshold = {
  transactions: EMBEDDED_LIMITS.snapshotEveryTransactions,
  bytes: EMBEDDED_LIMITS.snapshotEveryBytes,
};

interface Opened {
  folder: string;
  lock: FolderLock;
  playback: Playback;
  log: OpenLog;
  files: Files;
}

/**
 * The transactions on disk: an append-only log, and snapshots that replace the log before them. The journal does not
 * interpret the transactions. Zxids begin at 1 and have no gaps.
 */
export class Journal {
  readonly #folder: string;
  readonly #lock: FolderLock;
  readonly #files: Files;
  readonly #writer: LogWriter;
  readonly #snapshotEvery: SnapshotThreshold;
  /** The torn last record that was cut off when the folder was opened, or `null`. */
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
   * Opens or creates the folder, locks it, and plays its transactions back. They are durable when this resolves.
   *
   * @param files - The file system; specs replace it.
   * @throws DataLockedError when the folder is open already.
   * @throws DataDamagedError when a file is damaged or missing; then nothing in the folder is changed.
   * @throws DataIoError when the operating system fails to read or write the folder.
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
      await makePrivate(folder);
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

  /** The zxid of the last transaction; 0 in an empty journal. */
  get appended(): bigint {
    return this.#writer.appended;
  }

  /** The zxid of the last durable transaction. */
  get synced(): bigint {
    return this.#writer.synced;
  }

  /** Whether writing has failed, which is final. */
  get hasFailed(): boolean {
    return this.#writer.failure !== null;
  }

  /** Whether a snapshot is due and can be written. */
  get wantsSnapshot(): boolean {
    if (this.#snapshotting !== null || this.#closed !== null || this.#writer.failure !== null) return false;
    const { transactions, bytes } = this.#snapshotEvery;
    return this.#transactionsSince >= transactions || this.#bytesSince >= bytes;
  }

  /**
   * Queues a transaction. Copies the bytes.
   *
   * @throws InvalidArgumentError when the zxid is not the next one.
   * @throws ZooKeeperError `JOURNAL_CLOSED` after `close()`.
   * @throws DataIoError after a failure.
   */
  append(zxid: bigint, bytes: Buffer): void {
    this.#requireOpen();
    if (this.#writer.failure !== null) throw this.#writer.failure;
    if (zxid !== this.appended + 1n) {
      throw new InvalidArgumentError(`zxid ${hex(zxid)} cannot follow ${hex(this.appended)} in the journal`);
    }
    this.#bytesSince += this.#writer.append(zxid, bytes);
    this.#transactionsSince++;
  }

  /**
   * Writes a snapshot of the state and continues the log in a new file. Resolves when the snapshot is durable and the
   * files that it replaces are removed. When only the snapshot fails, the journal goes on, and the next snapshot is due
   * after the usual amount of log.
   *
   * @param zxid - The last transaction of the state, which must be the last one appended.
   * @param pieces - The state. Drawn while later transactions are appended, which the pieces must not contain.
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

  /** Resolves when all appended transactions are durable; rejects when writing fails. */
  flushed(): Promise<void> {
    return quiet(this.#writer.flushed());
  }

  /** Completes pending writes and releases the folder. Never rejects: `onFailed` reports a failure. */
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
    // The snapshot gets its final name after the new log exists, so that a log always continues it.
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
    if (this.#closed === null) return;
    throw new ZooKeeperError('JOURNAL_CLOSED', `The journal in ${this.#folder} is closed`);
  }
}

/** A promise whose rejection may go unhandled. */
function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
