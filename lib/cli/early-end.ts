import { codeOf } from '../core/errors.js';
import { ExitCode } from './exit-code.js';

/** How long what was printed may wait for its reader after an early end, in ms. */
const GRACE = 1_000;

/** The command ends before it is done, and that is no fault of its own. */
export class EarlyEnd extends Error {
  override name = 'EarlyEnd';
  readonly exitCode: number;

  /** @param message nothing is said when it is empty */
  constructor(exitCode: number, message = '') {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Waits for what ends a command early: a signal, a reader of stdout that has gone, and its timeout. */
export class EarlyEnds {
  readonly #abort = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  constructor() {
    // Until it lets go, for npx passes on the signal that the terminal has sent as well.
    process.on('SIGINT', this.#onInterrupt);
    process.on('SIGTERM', this.#onTerminate);
    process.stdout.on('error', this.#onOutputError);
  }

  /** Aborts with an {@link EarlyEnd}. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Ends when so many of the given ms are left over. */
  after(left: number, timeout: number): void {
    this.#timer = setTimeout(() => this.#end(new EarlyEnd(ExitCode.timedOut, timedOut(timeout))), left);
  }

  /** The result, unless the end comes before it. */
  before<T>(result: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const onAbort = () => reject(this.signal.reason);
      this.signal.addEventListener('abort', onAbort, { once: true });
      if (this.signal.aborted) onAbort();
      result.then(resolve, reject).finally(() => this.signal.removeEventListener('abort', onAbort));
    });
  }

  letGo(): void {
    clearTimeout(this.#timer);
    process.off('SIGINT', this.#onInterrupt);
    process.off('SIGTERM', this.#onTerminate);
    process.stdout.off('error', this.#onOutputError);
    // A reader that reads nothing would keep the process for ever.
    if (this.signal.aborted) setTimeout(() => process.exit(), GRACE).unref();
  }

  readonly #onInterrupt = () => this.#end(new EarlyEnd(ExitCode.interrupted));
  readonly #onTerminate = () => this.#end(new EarlyEnd(ExitCode.terminated));
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
