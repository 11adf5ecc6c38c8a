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

/** Runs a client in a thread of its own. @param cut cuts its connection, when the case asks for it */
export async function runBusy(busy: BusyCase, cut: () => void = () => {}): Promise<BusyReport> {
  const script = await bundled(fileURLToPath(new URL('./busy-client.ts', import.meta.url)));
  const worker = new Worker(script, { workerData: busy });
  try {
    return await new Promise<BusyReport>((resolve, reject) => {
      worker.on('error', reject);
      worker.on('message', (message: BusyReport | 'cut' | { readonly error: string }) => {
        if (message === 'cut') cut();
        else if ('error' in message) reject(new Error(message.error));
        else resolve(message);
      });
    });
  } finally {
    await worker.terminate();
  }
}
