import type { DataIoError } from '../errors.js';
import { Batch } from './batch.js';
import { FILE_HEADER_LENGTH } from './file-header.js';
import { type Files, writeAll } from './files.js';
import { createLog, type OpenLog } from './log-file.js';
import { reportingIo } from './reporting-io.js';

/** Receives the progress of the writing. */
export interface WriterListener {
  /** All transactions up to this zxid are durable. */
  synced(zxid: bigint): void;
  /** Writing has failed for good. Called once. */
  failed(error: DataIoError): void;
}

interface Waiter {
  zxid: bigint;
  resolve(): void;
  reject(error: DataIoError): void;
}

/**
 * Writes transactions to the log. Transactions that arrive during a write and its sync form the next batch. The first
 * failure is final, because the contents of the disk after a failed sync are unknown.
 */
export class LogWriter {
  readonly #folder: string;
  readonly #files: Files;
  readonly #listener: WriterListener;
  #log: OpenLog;
  #appended: bigint;
  #synced: bigint;
  readonly #queue: Batch[] = [];
  #waiters: Waiter[] = [];
  /** The callers that wait for a new log, in order. */
  #starters: Waiter[] = [];
  #running: Promise<void> | null = null;
  #failure: DataIoError | null = null;

  constructor(folder: string, log: OpenLog, last: bigint, listener: WriterListener, files: Files) {
    this.#folder = folder;
    this.#log = log;
    this.#appended = last;
    this.#synced = last;
    this.#listener = listener;
    this.#files = files;
  }

  get appended(): bigint {
    return this.#appended;
  }

  get synced(): bigint {
    return this.#synced;
  }

  get failure(): DataIoError | null {
    return this.#failure;
  }

  /** Queues a transaction and returns its size in the log. */
  append(zxid: bigint, bytes: Buffer): number {
    const batch = this.#queue.at(-1) ?? this.#enqueue(new Batch(this.#appended, false));
    const size = batch.add(zxid, bytes);
    this.#appended = zxid;
    return size;
  }

  /** Continues in a new log. Resolves when it exists and all transactions before it are durable. */
  startLog(): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    const zxid = this.#appended;
    return new Promise((resolve, reject) => {
      this.#starters.push({ zxid, resolve, reject });
      this.#enqueue(new Batch(zxid, true));
    });
  }

  /** Resolves when all appended transactions are durable. */
  flushed(): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    const zxid = this.#appended;
    if (zxid === this.#synced) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiters.push({ zxid, resolve, reject });
    });
  }

  /** Completes pending writes and closes the file, also after a failure. */
  async close(): Promise<void> {
    await this.#running;
    await this.#log.handle.close().catch(() => {});
  }

  #enqueue(batch: Batch): Batch {
    this.#queue.push(batch);
    this.#running ??= this.#run();
    return batch;
  }

  async #run(): Promise<void> {
    // Transactions of the same turn join the batch.
    await null;
    try {
      for (let batch = this.#queue.shift(); batch !== undefined; batch = this.#queue.shift()) {
        if (batch.startsLog) await this.#startLog(batch.after);
        if (batch.last !== batch.after) await this.#write(batch);
      }
    } catch (error) {
      this.#fail(error as DataIoError);
    }
    this.#running = null;
  }

  async #startLog(after: bigint): Promise<void> {
    if (this.#log.position > FILE_HEADER_LENGTH) {
      const before = this.#log;
      this.#log = await createLog(this.#folder, after + 1n, this.#files);
      await before.handle.close().catch(() => {});
    }
    this.#starters.shift()?.resolve();
  }

  async #write(batch: Batch): Promise<void> {
    const log = this.#log;
    await reportingIo('Writing to the log', log.file, async () => {
      for (const block of batch.blocks()) {
        await writeAll(log.handle, block, log.position);
        log.position += block.length;
      }
      await log.handle.datasync();
    });
    this.#synced = batch.last;
    callListener(() => this.#listener.synced(batch.last));
    const reached = this.#waiters.filter(({ zxid }) => zxid <= batch.last);
    this.#waiters = this.#waiters.filter(({ zxid }) => zxid > batch.last);
    for (const waiter of reached) waiter.resolve();
  }

  #fail(error: DataIoError): void {
    this.#failure = error;
    this.#queue.length = 0;
    const waiting = [...this.#starters, ...this.#waiters];
    this.#starters = [];
    this.#waiters = [];
    callListener(() => this.#listener.failed(error));
    for (const waiter of waiting) waiter.reject(error);
  }
}

/** Turns an exception of the listener into an uncaught exception: it must not end the writing. */
function callListener(call: () => void): void {
  try {
    call();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
