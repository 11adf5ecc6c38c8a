import type { Logger } from '../lib/core/logger.js';
import { checkPlain } from './plain-details.js';
import { Recorder } from './recorder.js';

/** One line of a log. */
export interface LogLine {
  readonly level: keyof Logger;
  readonly details: object;
  readonly message: string;
}

/** A logger that keeps its lines, for a spec to await, and insists on plain details. */
export class RecordingLogger extends Recorder<LogLine> implements Logger {
  readonly debug = (details: object, message: string): void => this.#write('debug', details, message);
  readonly info = (details: object, message: string): void => this.#write('info', details, message);
  readonly warn = (details: object, message: string): void => this.#write('warn', details, message);
  readonly error = (details: object, message: string): void => this.#write('error', details, message);

  /** The messages of one level. */
  messages(level: keyof Logger): string[] {
    return this.items.filter((line) => line.level === level).map(({ message }) => message);
  }

  #write(level: keyof Logger, details: object, message: string): void {
    checkPlain(details, message);
    this.record({ level, details, message });
  }
}
