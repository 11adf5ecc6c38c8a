type Callback = () => void;

const callbacks = new WeakMap<AbortSignal, Set<Callback>>();

/**
 * Calls back when the signal aborts, at once when it has aborted already. All callbacks share one listener of the
 * signal, because Node warns of a leak from the eleventh on.
 *
 * @returns a function that removes the callback.
 */
export function onAbort(signal: AbortSignal | undefined, callback: Callback): Callback {
  if (!signal) return () => {};
  if (signal.aborted) {
    callback();
    return () => {};
  }
  const waiting = callbacks.get(signal) ?? listenTo(signal);
  const entry = () => callback();
  waiting.add(entry);
  return () => {
    if (waiting.delete(entry) && waiting.size === 0) letGo(signal);
  };
}

/** Settles as the work does, or rejects with the signal's reason as soon as that aborts. The work goes on unheeded. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  return new Promise<T>((resolve, reject) => {
    const letGo = onAbort(signal, () => reject(signal.reason));
    void work.then(resolve, reject).finally(letGo);
  });
}

/** Aborts a controller when one of the signals aborts, with its reason. Returns a function that lets go of them. */
export function abortWith(controller: AbortController, ...signals: (AbortSignal | undefined)[]): Callback {
  const letGo = signals.map((signal) => onAbort(signal, () => controller.abort(signal?.reason)));
  return () => {
    for (const each of letGo) each();
  };
}

function listenTo(signal: AbortSignal): Set<Callback> {
  const waiting = new Set<Callback>();
  callbacks.set(signal, waiting);
  signal.addEventListener('abort', onSignal, { once: true });
  return waiting;
}

function letGo(signal: AbortSignal): void {
  callbacks.delete(signal);
  signal.removeEventListener('abort', onSignal);
}

function onSignal(this: AbortSignal): void {
  const waiting = callbacks.get(this);
  callbacks.delete(this);
  for (const callback of waiting ?? []) callback();
}
