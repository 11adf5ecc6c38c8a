import { SPEECH } from './limits.js';
import type { Logger } from './logger.js';
import { backgroundTimer } from './timers.js';

/** One line of a log. */
export interface Line {
  readonly level: 'info' | 'warn' | 'error';
  /** Plain values, which `JSON.stringify` accepts; an error as `err`. */
  readonly details: { readonly path?: string } & Readonly<Record<string, unknown>>;
  /** With the reason. */
  readonly message: string;
}

/** How one trouble is reported. */
export interface Manner {
  /** Lines before the trouble counts as lasting. Default 1. */
  readonly atOnce?: number;
  /** Whether an occurrence without a line of its own is written at debug level. Default `false`. */
  readonly isKept?: boolean;
}

/** The occurrences of one trouble, for one reason. */
interface Trouble {
  readonly since: number;
  readonly paths: Set<string>;
  times: number;
  /** Lines that may still be written at once. */
  atOnce: number;
  /** When the next line is due, or the trouble is forgotten. */
  repeatAt: number;
  /** Occurrences since the last line. */
  unsaid: number;
  last: Line;
}

/**
 * Writes one line for a trouble, and while it lasts another one from time to time, with its duration and the number of
 * its occurrences: however often it happens, and however many watches it concerns.
 */
export class LastingTrouble {
  readonly #log: Logger;
  readonly #onPending: ((isPending: boolean) => void) | undefined;
  readonly #troubles = new Map<string, Trouble>();
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  /**
   * @param log never throws
   * @param onPending called when a line becomes due later, and when none is due any more
   */
  constructor(log: Logger, onPending?: (isPending: boolean) => void) {
    this.#log = log;
    this.#onPending = onPending;
  }

  /** The trouble has occurred. @param reason equal for occurrences that share a line */
  report(reason: string, line: Line, { atOnce = 1, isKept = false }: Manner = {}): void {
    const now = performance.now();
    const trouble = this.#find(reason, now) ?? this.#begin(reason, line, atOnce, now);
    trouble.times += 1;
    if (trouble.atOnce > 0) {
      trouble.atOnce -= 1;
      trouble.repeatAt = now + SPEECH.repeatAfter;
      this.#log[line.level](line.details, line.message);
      return;
    }
    trouble.unsaid += 1;
    trouble.last = line;
    const { path } = line.details;
    if (path !== undefined && trouble.paths.size < SPEECH.paths) trouble.paths.add(path);
    if (isKept) this.#log.debug(line.details, line.message);
    if (now >= trouble.repeatAt) this.#repeat(trouble, now);
    else this.#wait(trouble.repeatAt - now);
  }

  /** Writes the lines that are due later, and forgets every trouble. No timer is started any more. */
  end(): void {
    this.#isOver = true;
    const now = performance.now();
    for (const trouble of this.#troubles.values()) this.#repeat(trouble, now);
    this.#troubles.clear();
    if (!this.#timer) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#onPending?.(false);
  }

  #find(reason: string, now: number): Trouble | undefined {
    const trouble = this.#troubles.get(reason);
    return trouble && (trouble.unsaid > 0 || now < trouble.repeatAt) ? trouble : undefined;
  }

  #begin(reason: string, last: Line, atOnce: number, now: number): Trouble {
    this.#troubles.delete(reason);
    for (const [oldest, trouble] of this.#troubles) {
      if (this.#troubles.size < SPEECH.reasons) break;
      this.#repeat(trouble, now);
      this.#troubles.delete(oldest);
    }
    const trouble = { since: now, paths: new Set<string>(), times: 0, atOnce, repeatAt: now, unsaid: 0, last };
    this.#troubles.set(reason, trouble);
    return trouble;
  }

  /** Writes a line for the occurrences since the last one, if there are any. */
  #repeat(trouble: Trouble, now: number): void {
    if (trouble.unsaid === 0) return;
    const { level, details, message } = trouble.last;
    const { times, paths } = trouble;
    const lastingMs = Math.round(now - trouble.since);
    // Without the error: the first line had it, and a line for each is what this prevents.
    const { err: _, ...rest } = details;
    const all = { ...rest, times, lastingMs, ...(paths.size > 1 && { paths: [...paths] }) };
    this.#log[level](all, `${message} (${times} times in ${seconds(lastingMs)})`);
    trouble.unsaid = 0;
    trouble.paths.clear();
    trouble.repeatAt = now + SPEECH.repeatAfter;
  }

  #wait(ms: number): void {
    if (this.#timer || this.#isOver) return;
    this.#onPending?.(true);
    this.#timer = backgroundTimer(() => this.#due(), ms);
  }

  #due(): void {
    this.#timer = undefined;
    const now = performance.now();
    let next = Number.POSITIVE_INFINITY;
    for (const [reason, trouble] of this.#troubles) {
      // A timer may fire a millisecond early.
      const isDue = now >= trouble.repeatAt - 1;
      if (isDue && trouble.unsaid === 0) this.#troubles.delete(reason);
      else if (isDue) this.#repeat(trouble, now);
      else if (trouble.unsaid > 0) next = Math.min(next, trouble.repeatAt);
    }
    if (next === Number.POSITIVE_INFINITY) this.#onPending?.(false);
    else this.#timer = backgroundTimer(() => this.#due(), next - now);
  }
}

/** A duration for a message, in whole seconds. */
export function seconds(ms: number): string {
  return `${Math.round(ms / 1_000)} s`;
}
