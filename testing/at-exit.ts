const cleanups = new Set<() => void>();

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Runs a synchronous cleanup when this process ends in any way that it can notice. Returns its cancellation. */
export function atExit(cleanup: () => void): () => void {
  if (cleanups.size === 0) listen();
  cleanups.add(cleanup);
  return () => {
    cleanups.delete(cleanup);
    if (cleanups.size === 0) unlisten();
  };
}

function listen(): void {
  process.on('exit', runAll);
  for (const signal of SIGNALS) process.on(signal, onSignal);
}

function unlisten(): void {
  process.off('exit', runAll);
  for (const signal of SIGNALS) process.off(signal, onSignal);
}

function runAll(): void {
  for (const cleanup of [...cleanups]) cleanup();
  cleanups.clear();
  unlisten();
}

function onSignal(signal: NodeJS.Signals): void {
  runAll();
  // A listener disables the signal's default effect: restore it, unless another listener decides.
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
}
