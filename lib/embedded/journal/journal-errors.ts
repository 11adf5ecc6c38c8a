import { type ErrorDetails, ZooKeeperError } from '../../core/errors.js';

/** Where a damage was found. */
export interface DamageDetails extends ErrorDetails {
  /** The damaged file, or the one that is missing. */
  file: string;
  /** The byte of the file from which on it makes no sense. */
  offset: number;
}

/** A file of the data folder holds something that was not written so, or is missing. Nothing in the folder was changed. */
export class DataDamagedError extends ZooKeeperError {
  /** The damaged file, or the one that is missing. */
  readonly file: string;
  /** The byte of the file from which on it makes no sense. */
  readonly offset: number;

  /** `code` goes with the class. */
  constructor(message: string, details: DamageDetails) {
    super('DATA_DAMAGED', message, details);
    this.file = details.file;
    this.offset = details.offset;
  }
}

/** Who has the data folder. */
export interface LockDetails extends ErrorDetails {
  /** The data folder. */
  folder: string;
  /** The process that has it open. */
  pid: number;
}

/** Another server, of this process or of another one, has the data folder open. */
export class DataLockedError extends ZooKeeperError {
  /** The data folder. */
  readonly folder: string;
  /** The process that has it open. */
  readonly pid: number;

  /** `code` goes with the class. */
  constructor(message: string, details: LockDetails) {
    super('DATA_LOCKED', message, details);
    this.folder = details.folder;
    this.pid = details.pid;
  }
}

/** Which file it was. */
export interface DataIoDetails extends ErrorDetails {
  /** The file or folder that it was about. */
  file: string;
}

/** The operating system did not read or write a file of the data folder. The `cause` is its error. */
export class DataIoError extends ZooKeeperError {
  /** The file or folder that it was about. */
  readonly file: string;

  /** `code` goes with the class. */
  constructor(message: string, details: DataIoDetails) {
    super('DATA_IO_FAILED', message, details);
    this.file = details.file;
  }
}

/** Runs something that uses a file; what the operating system says against it comes out as a `DataIoError`. */
export async function reportingIo<T>(doing: string, file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof ZooKeeperError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DataIoError(`${doing} ${file} failed: ${reason}`, { file, cause });
  }
}
