import type { Answer, FoundEntry, Question, Source } from '../../recipes/pollers/source.js';
import { Recorder } from '../../testing/recorder.js';

/** An entry of a {@link FakeSource}: its version, and which of several with its name it is. */
export interface FakeEntry {
  readonly id?: string;
  readonly version?: string;
  readonly isDirectory?: boolean;
}

/** A source in memory, whose answers a spec can hold back and let fail. */
export class FakeSource implements Source {
  readonly kind = 'fake';
  readonly url: string;
  /** The entries by their keys. */
  readonly entries = new Map<string, FakeEntry>();
  /** Each question, when it is asked. */
  readonly questions = new Recorder<Question>();
  /** The next answers fail so. */
  readonly failures: unknown[] = [];
  /** While set, answers wait for it. */
  gate: Promise<unknown> | undefined;
  openError: unknown;
  isClosed = false;
  push: () => void = () => {};
  /** Questions that have no answer yet. */
  #unanswered = 0;
  mostAtOnce = 0;

  constructor(url = 'fake://host/place') {
    this.url = url;
  }

  /** Creates, or replaces, an entry. */
  set(key: string, version: string, id = '1'): this {
    this.entries.set(key, { version, id });
    return this;
  }

  subjectOf(key: string): string {
    return `${this.url}/${key}`;
  }

  onPush(push: () => void): void {
    this.push = push;
  }

  async open(): Promise<void> {
    if (this.openError !== undefined) throw this.openError;
  }

  async look(question: Question): Promise<Answer> {
    this.questions.record(question);
    this.#unanswered += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#unanswered);
    try {
      await this.#unlessAborted(question.signal);
      const failure = this.failures.shift();
      if (failure !== undefined) throw failure;
      return { found: this.#found(question), mark: `after ${this.questions.items.length}` };
    } finally {
      this.#unanswered -= 1;
    }
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }

  #found({ known }: Question): Map<string, FoundEntry | null> {
    const found = new Map<string, FoundEntry | null>();
    for (const key of known.keys()) if (!this.entries.has(key)) found.set(key, null);
    for (const [key, { id = '1', version = '1', isDirectory = false }] of this.entries) {
      found.set(key, { id, version, isDirectory, size: version.length });
    }
    return found;
  }

  async #unlessAborted(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
      Promise.resolve(this.gate).then(resolve);
    });
  }
}
