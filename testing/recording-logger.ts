import type { Logger } from '../lib/core/logger.js';
import { Recorder } from './recorder.js';

/** One line of a log. */
export interface LogLine {
  readonly level: keyof Logger;
  readonly details: object;
  readonly message: string;
}

/** A logger that keeps its lines, for a spec to await. */
export class RecordingLogger extends Recorder<LogLine> implements Logger {
  readonly debug = (details: object, message: string): void => this.record({ level: 'debug', details, message });
  readonly info = (details: object, message: string): void => this.record({ level: 'info', details, message });
  readonly warn = (details: object, message: string): void => this.record({ level: 'warn', details, message });
  readonly error = (details: object, message: string): void => this.record({ level: 'error', details, message });

  /** The messages of one level. */
  messages(level: keyof Logger): string[] {
    return this.items.filter((line) => line.level === level).map(({ message }) => message);
  }
}
