import { type ErrorDetails, ZooKeeperError } from '../core/errors.js';

/** The codes of the errors that only the embedded server throws. */
export const EMBEDDED_CODES = [
  'LISTEN_FAILED',
  'SERVER_CLOSED',
  'DATA_DAMAGED',
  'DATA_LOCKED',
  'DATA_IO_FAILED',
  'JOURNAL_CLOSED',
] as const;

declare module '../core/zookeeper-error.js' {
  interface ErrorCodes {
    /** The codes of the embedded server. */
    embedded: (typeof EMBEDDED_CODES)[number];
  }
}

/** The location of damaged data. */
export interface DamageDetails extends ErrorDetails {
  /** The damaged or missing file. */
  file: string;
  /** The offset in the file of the first byte that cannot be read. */
  offset: number;
}

/** A file of the data folder is missing, or differs from what the server wrote. Nothing in the folder was changed. */
export class DataDamagedError extends ZooKeeperError {
  /** The damaged or missing file. */
  readonly file: string;
  /** The offset in the file of the first byte that cannot be read. */
  readonly offset: number;

  /** Sets `code` to `DATA_DAMAGED`. */
  constructor(message: string, details: DamageDetails) {
    super('DATA_DAMAGED', message, details);
    this.name = 'DataDamagedError';
    this.file = details.file;
    this.offset = details.offset;
  }
}

/** The holder of a locked data folder. */
export interface LockDetails extends ErrorDetails {
  /** The data folder. */
  folder: string;
  /** The process that has the folder open. */
  pid: number;
}

/** Another server, in this process or another one, has the data folder open. */
export class DataLockedError extends ZooKeeperError {
  /** The data folder. */
  readonly folder: string;
  /** The process that has the folder open. */
  readonly pid: number;

  /** Sets `code` to `DATA_LOCKED`. */
  constructor(message: string, details: LockDetails) {
    super('DATA_LOCKED', message, details);
    this.name = 'DataLockedError';
    this.folder = details.folder;
    this.pid = details.pid;
  }
}

/** The file of a failed read or write. */
export interface DataIoDetails extends ErrorDetails {
  /** The file or folder that the operation failed on. */
  file: string;
}

/** The operating system failed to read or write a file of the data folder. Its error is the `cause`. */
export class DataIoError extends ZooKeeperError {
  /** The file or folder that the operation failed on. */
  readonly file: string;

  /** Sets `code` to `DATA_IO_FAILED`. */
  constructor(message: string, details: DataIoDetails) {
    super('DATA_IO_FAILED', message, details);
    this.name = 'DataIoError';
    this.file = details.file;
  }
}
