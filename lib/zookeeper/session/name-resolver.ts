import dns from 'node:dns';
import { isIP } from 'node:net';
import { NAMES } from '../../core/limits.js';

/** Looks a name up: calls back once, with every address of the name, or with an error and no address. */
export type Lookup = (name: string, done: (error: Error | null, addresses: readonly string[]) => void) => void;

/** The recipient of answers. */
export interface Asker {
  /** Whether it knows no address at all, and can do nothing until there is an answer. */
  readonly isStranded: boolean;
  answered(name: string, error: Error | null, addresses: readonly string[]): void;
}

interface Question {
  readonly name: string;
  readonly askers: Set<Asker>;
  /** By `performance.now()`; undefined until the name is looked up. */
  askedAt: number | undefined;
}

/**
 * Looks names up, for all clients of the process together: a look-up cannot be cancelled, and each occupies a thread of
 * the two that the look-ups of the whole process have (half of libuv's pool). Therefore a name is never looked up twice
 * at a time, and names are looked up one after the other. Only when a look-up is overdue, and an asker knows no address
 * at all, a second one is made beside it.
 */
export class NameResolver {
  readonly #lookup: Lookup;
  readonly #questions = new Map<string, Question>();
  #overdue: NodeJS.Timeout | undefined;

  constructor(lookup: Lookup = lookUp) {
    this.#lookup = lookup;
  }

  /** Asks for a name. The asker may be answered at once, and is answered once for all of its pending calls. */
  ask(name: string, asker: Asker): void {
    const question = this.#questions.get(name) ?? { name, askers: new Set(), askedAt: undefined };
    this.#questions.set(name, question);
    question.askers.add(asker);
    this.#askNext();
  }

  /** The asker is not answered any more. A look-up on its way is answered to the others. */
  forget(asker: Asker): void {
    for (const { name, askers, askedAt } of [...this.#questions.values()]) {
      askers.delete(asker);
      if (askers.size === 0 && askedAt === undefined) this.#questions.delete(name);
    }
    this.#askNext();
  }

  #askNext(): void {
    clearTimeout(this.#overdue);
    const questions = [...this.#questions.values()];
    const pending = questions.filter(({ askedAt }) => askedAt !== undefined);
    const waiting = questions.filter(({ askedAt }) => askedAt === undefined);
    const [oldest] = pending;
    if (!oldest) {
      if (waiting[0]) this.#ask(waiting[0]);
      return;
    }
    const stranded = waiting.find(({ askers }) => [...askers].some(({ isStranded }) => isStranded));
    if (!stranded || pending.length > 1) return;
    const remaining = (oldest.askedAt ?? 0) + NAMES.overdueAfter - performance.now();
    if (remaining <= 0) this.#ask(stranded);
    else this.#overdue = setTimeout(() => this.#askNext(), Math.ceil(remaining));
  }

  #ask(question: Question): void {
    question.askedAt = performance.now();
    let isAnswered = false;
    const done = (error: Error | null, addresses: readonly string[]): void => {
      if (isAnswered) return;
      isAnswered = true;
      this.#questions.delete(question.name);
      const problem = error ?? (addresses.length === 0 ? new Error('the name has no address') : null);
      for (const asker of question.askers) asker.answered(question.name, problem, problem ? [] : addresses);
      this.#askNext();
    };
    try {
      this.#lookup(question.name, done);
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)), []);
    }
  }
}

/** As the system does it, /etc/hosts included. A replacement of `dns.lookup` by the application is used. */
function lookUp(name: string, done: Parameters<Lookup>[1]): void {
  dns.lookup(name, { all: true }, (error, answer: unknown) => {
    const entries = [answer].flat() as (string | { address?: string } | null | undefined)[];
    const addresses = entries.map((entry) => (typeof entry === 'string' ? entry : (entry?.address ?? '')));
    done(
      error,
      addresses.filter((address) => isIP(address) !== 0),
    );
  });
}

/** The resolver of the process. */
export const systemNames = new NameResolver();
