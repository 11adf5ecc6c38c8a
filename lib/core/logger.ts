import { invalidSecret } from './validation.js';

/** Receives reports that no listener takes. Shaped as pino's logger: an object of details, then the message. */
export interface Logger {
  /** Details for debugging. */
  debug(details: object, message: string): void;
  /** Events worth a line in a quiet log. */
  info(details: object, message: string): void;
  /** A failure that the library recovers from. */
  warn(details: object, message: string): void;
  /** A failure that needs a person. */
  error(details: object, message: string): void;
}

/** Writes warnings and errors to the console, and drops the rest. The default of a client. */
export const consoleLogger: Logger = {
  debug() {},
  info() {},
  warn(details, message) {
    console.warn(`zk-recipes: ${message}`, details);
  },
  error(details, message) {
    console.error(`zk-recipes: ${message}`, details);
  },
};

const METHODS = ['debug', 'info', 'warn', 'error'] as const;

/** Throws unless the value has the methods of a logger. */
export function validateLogger(value: unknown): asserts value is Logger {
  for (const method of METHODS) {
    if (typeof (value as Partial<Logger> | null | undefined)?.[method] === 'function') continue;
    throw invalidSecret('logger', value, `an object with the functions ${METHODS.join(', ')}`);
  }
}

/** Wraps a logger, or the console's, so that it never throws. */
export function guardLogger(logger: Logger = consoleLogger): Logger {
  const guard =
    (level: keyof Logger) =>
    (details: object, message: string): void => {
      try {
        logger[level](details, message);
      } catch (error) {
        consoleLogger.error({ ...details, loggerError: error }, `${message}; the logger threw too`);
      }
    };
  return { debug: guard('debug'), info: guard('info'), warn: guard('warn'), error: guard('error') };
}
