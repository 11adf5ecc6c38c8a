import { ZooKeeperError } from '../../core/errors.js';
import { DataIoError } from '../errors.js';

/** Runs a file operation and converts an error of the operating system to a `DataIoError`. */
export async function reportingIo<T>(doing: string, file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof ZooKeeperError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DataIoError(`${doing} ${file} failed: ${reason}`, { file, cause });
  }
}
