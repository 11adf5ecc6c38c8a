import type { StopReason } from '../../index.js';
import { CommandError } from './command-error.js';
import { printDiagnostic } from './stderr.js';

/** A watch, or a subscription. */
interface Stoppable {
  readonly path: string;
  readonly ready: Promise<void>;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  on(event: 'stop', listener: (reason: StopReason) => void): unknown;
}

/**
 * Waits until the watch has stopped. Errors are printed, and the watch goes on; but the first call must succeed.
 *
 * @param onReady called after the first call
 * @throws the error that prevented the first call; CommandError when a later one has stopped the watch
 */
export async function untilStopped(watch: Stoppable, onReady: () => void = () => {}): Promise<void> {
  const early: unknown[] = [];
  let hasBegun = false;
  let hasStopped = false;
  let lastError: unknown;
  const stopped = new Promise<StopReason>((resolve) => {
    watch.on('stop', (reason) => {
      hasStopped = true;
      resolve(reason);
    });
  });
  watch.on('error', (error) => {
    lastError = error;
    if (!hasBegun) early.push(error);
    // A turn later the watch has stopped if the error stops it, and the CommandError then has the message.
    else setImmediate(() => !hasStopped && printDiagnostic(messageOf(error)));
  });
  await watch.ready;
  hasBegun = true;
  reportEarly(early);
  onReady();
  if ((await stopped) !== 'error') return;
  throw new CommandError(`the watch of ${watch.path} has stopped: ${messageOf(lastError)}`, { cause: lastError });
}

/** The errors of single znodes of a tree, in one line however many they are. */
function reportEarly([first, ...others]: readonly unknown[]): void {
  if (first === undefined) return;
  const more = others.length > 0 ? ` (and ${others.length} more errors before the first call)` : '';
  printDiagnostic(`${messageOf(first)}${more}`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
