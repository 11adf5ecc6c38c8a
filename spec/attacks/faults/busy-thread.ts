import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { ClientState } from '../../../index.js';
import { bundled } from '../../../testing/bundled.js';

/** The phase of the event loop in which a piece of work begins. */
export type Entry = 'timer' | 'immediate' | 'microtask' | 'poll';

/** A client, and how its event loop is kept busy. Durations are milliseconds. */
export interface BusyCase {
  readonly connectString: string;
  readonly sessionTimeout: number;
  readonly piece: number;
  readonly pieces: number;
  readonly entry: Entry;
  /** Of its ephemeral znode. */
  readonly path: string;
  /** Whether its connection is cut just before. */
  readonly isCut: boolean;
}

/** The client's own report. Times are those of `Date.now()`. */
export interface BusyReport {
  readonly states: { readonly state: ClientState; readonly at: number }[];
  /** When the loop was free again. */
  readonly freeAt: number;
  /** Whether the client and its ephemeral znode are still of the first session. */
  readonly isSameSession: boolean;
}

/** A PatientChildrenWatch whose event loop stands still for so long. Durations are milliseconds. */
export interface BlockedPatience {
  readonly connectString: string;
  readonly sessionTimeout: number;
  readonly path: string;
  readonly timeBoundary: number;
  readonly blocked: number;
}

/** Runs a client in a thread of its own. @param cut cuts its connection, when the case asks for it */
export function runBusy(busy: BusyCase, cut: () => void): Promise<BusyReport> {
  return inThread('./busy-client.ts', busy, cut);
}

/** The children that the watch settles with. @param change changes them, while the loop stands still */
export function runBlocked(patience: BlockedPatience, change: () => void): Promise<string[]> {
  return inThread('./blocked-patience.ts', patience, change);
}

/** Runs a module in a thread, and passes on its one message that is a word. Resolves with its other message. */
async function inThread<T>(module: string, workerData: object, onWord: () => void): Promise<T> {
  const worker = new Worker(await bundled(fileURLToPath(new URL(module, import.meta.url))), { workerData });
  try {
    return await new Promise<T>((resolve, reject) => {
      worker.on('error', reject);
      worker.on('message', (message: T | string | { readonly error: string }) => {
        if (typeof message === 'string') onWord();
        else if (typeof message === 'object' && message !== null && 'error' in message)
          reject(new Error(message.error));
        else resolve(message as T);
      });
    });
  } finally {
    await worker.terminate();
  }
}
