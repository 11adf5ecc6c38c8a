import { unlessAborted } from '../core/abort.js';
import { Deadline } from '../core/deadline.js';
import { codeOf } from '../core/errors.js';
import { CODE_OF_SIGNAL, ExitCode, SIGNALS, type Signal } from './exit-code.js';
import { COMMAND } from './limits.js';
import { sharedSession } from './shared-session.js';

/** The command ends before its work is done, for a reason from outside. */
export class EarlyEnd extends Error {
  override name = 'EarlyEnd';
  readonly exitCode: number;

  /** @param message is printed unless it is empty */
  constructor(exitCode: number, message = '') {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Waits for the early ends of a command: a signal, a closed stdout, and its timeout. */
export class EarlyEnds {
  readonly #abort = new AbortController();
  #deadline: Deadline | undefined;

  constructor() {
    // Listens to all signals until the end: npx repeats the signal that the terminal has sent already.
    for (const name of SIGNALS) process.on(name, this.#onSignal);
    process.stdout.on('error', this.#onOutputError);
  }

  /** Aborts with an {@link EarlyEnd} as the reason. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Ends the command after the rest of its timeout, in ms. */
  after(left: number, timeout: number): void {
    this.#deadline = new Deadline(left, () => this.#end(new EarlyEnd(ExitCode.timedOut, timedOut(timeout))));
  }

  /** Takes the timeout back. */
  never(): void {
    this.#deadline?.cancel();
  }

  /** Settles as the result does, or rejects when an early end comes first. */
  before<T>(result: Promise<T>): Promise<T> {
    return unlessAborted(result, this.signal);
  }

  /** Stops waiting. */
  release(): void {
    this.never();
    for (const name of SIGNALS) process.off(name, this.#onSignal);
    process.stdout.off('error', this.#onOutputError);
    // A reader that never reads would keep the process alive. A shell goes on.
    if (this.signal.aborted && !sharedSession.getStore()) setTimeout(() => process.exit(), COMMAND.readerGrace).unref();
    // Ends all that the command has left in a session that it does not close.
    this.#abort.abort();
  }

  readonly #onSignal = (name: Signal) => this.#end(new EarlyEnd(CODE_OF_SIGNAL[name]));
  readonly #onOutputError = (error: Error) => {
    const isUnread = codeOf(error) === 'EPIPE';
    this.#end(isUnread ? new EarlyEnd(ExitCode.done) : new EarlyEnd(ExitCode.failed, `stdout: ${error.message}`));
  };

  #end(reason: EarlyEnd): void {
    this.#abort.abort(reason);
  }
}

function timedOut(timeout: number): string {
  return `${timeout} ms have passed (--timeout)`;
}
