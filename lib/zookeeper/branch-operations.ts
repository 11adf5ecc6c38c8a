import type { WireRequest } from '../protocol/requests.js';
import type { Chroot } from './session/chroot.js';

/** The operations of a client that work on whole branches needs. Reads are retried on connection loss. */
export interface BranchOperations {
  readonly chroot: Chroot;
  read<T>(wire: WireRequest<T>, path: string): Promise<T>;
  write<T>(wire: WireRequest<T>, path: string): Promise<T>;
  retry<T>(operation: () => Promise<T>): Promise<T>;
}

/** A class of errors. */
export type ErrorClass = abstract new (...args: never[]) => Error;

/** The result; undefined for the one error that means the same. */
export async function unless<T>(expected: ErrorClass, result: Promise<T>): Promise<T | undefined> {
  try {
    return await result;
  } catch (error) {
    if (error instanceof expected) return undefined;
    throw error;
  }
}
