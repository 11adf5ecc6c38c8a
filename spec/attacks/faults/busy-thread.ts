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

/** What the client reports on its way: it is connected, and begins; its connection is to be cut. */
export type BusyWord = 'ready' | 'cut';

/** Runs a client in a thread of its own. */
export function runBusy(busy: BusyCase, onWord: (word: BusyWord) => void): Promise<BusyReport> {
  return inThread('./busy-client.ts', busy, (word) => onWord(word as BusyWord));
}

/** The children that the watch settles with. @param change changes them, while the loop stands still */
export function runBlocked(patience: BlockedPatience, change: () => void): Promise<string[]> {
  return inThread('./blocked-patience.ts', patience, change);
}

/** Runs a module in a thread, and passes on its messages that are words. Resolves with its other message. */
async function inThread<T>(module: string, workerData: object, onWord: (word: string) => void): Promise<T> {
  const worker = new Worker(await bundled(fileURLToPath(new URL(module, import.meta.url))), { workerData });
  try {
    return await new Promise<T>((resolve, reject) => {
      worker.on('error', reject);
      worker.on('message', (message: T | string | { readonly error: string }) => {
        if (typeof message === 'string') onWord(message);
        else if (typeof message === 'object' && message !== null && 'error' in message)
          reject(new Error(message.error));
        else resolve(message as T);
      });
    });
  } finally {
    await worker.terminate();
  }
}
