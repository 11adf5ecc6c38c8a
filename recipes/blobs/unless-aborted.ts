import { onAbort } from '../../lib/core/abort.js';

/** Rejects as soon as the signal aborts, whatever the work does then. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  return new Promise<T>((resolve, reject) => {
    const letGo = onAbort(signal, () => reject(signal.reason));
    void work.then(resolve, reject).finally(letGo);
  });
}
