import type { StopReason } from '../../index.js';
import { Deadline } from '../core/deadline.js';
import { codeOf } from '../core/errors.js';
import { CommandError } from './command-error.js';
import { printDiagnostic } from './stderr.js';

/** A watch, or a subscription. */
interface Stoppable {
  /** Of a watch of blobs there is the id. */
  readonly path?: string;
  readonly id?: string;
  readonly ready: Promise<void>;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  on(event: 'stop', listener: (reason: StopReason) => void): unknown;
}

interface WaitOptions {
  /** Called after the first call. */
  readonly onReady?: () => void;
  /** The first call must come within this time, in ms. Default: there is no limit. */
  readonly within?: number;
}

/**
 * Waits until the watch has stopped. Errors are printed, and the watch goes on; but the first call must succeed.
 *
 * @throws the error that prevented the first call; CommandError when a later one has stopped the watch
 */
export async function untilStopped(watch: Stoppable, { onReady, within }: WaitOptions = {}): Promise<void> {
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
  try {
    await (within === undefined ? watch.ready : inTime(watch.ready, within, () => early.at(-1)));
  } catch (error) {
    // Enough was printed before everything was there that there was at the beginning.
    if (codeOf(error) === 'WATCH_STOPPED' && (await stopped) === 'returned-false') return;
    throw error;
  }
  hasBegun = true;
  reportEarly(early);
  onReady?.();
  if ((await stopped) !== 'error') return;
  const name = watch.path ?? watch.id;
  throw new CommandError(`the watch of ${name} has stopped: ${messageOf(lastError)}`, { cause: lastError });
}

/** @param reason why there was nothing until then; `undefined` when that is not known */
function inTime(ready: Promise<void>, ms: number, reason: () => unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    const deadline = new Deadline(ms, () =>
      reject(reason() ?? new CommandError(`there was no answer within ${ms} ms`)),
    );
    ready.then(resolve, reject).finally(() => deadline.cancel());
  });
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
