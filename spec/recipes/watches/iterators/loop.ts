import { Recorder } from '../../../../testing/recorder.js';

/**
 * Runs a loop that records its values. A promise of the body is awaited within the turn; `'break'` leaves the loop.
 *
 * @returns its turns, and a promise of its end that may be left unawaited.
 */
export function loopOver<T>(
  values: AsyncIterable<T>,
  body: (value: T) => unknown = () => {},
): { turns: Recorder<T>; end: Promise<void> } {
  const turns = new Recorder<T>();
  const run = async (): Promise<void> => {
    for await (const value of values) {
      turns.record(value);
      if ((await body(value)) === 'break') break;
    }
  };
  const end = run();
  end.catch(() => {});
  return { turns, end };
}

/** Holds the bodies of a loop until they are released one by one. */
export class Turnstile {
  readonly #waiting: (() => void)[] = [];

  readonly wait = (): Promise<void> => new Promise((resolve) => this.#waiting.push(resolve));

  /** The number of running bodies. */
  get held(): number {
    return this.#waiting.length;
  }

  letThrough(): void {
    this.#waiting.shift()?.();
  }
}
