/** Where reports go that have no other way out. Shaped as pino's logger: an optional object of details, then the message. */
export interface Logger {
  /** For whoever debugs. */
  debug(details: object, message: string): void;
  /** What is worth a line in a quiet log. */
  info(details: object, message: string): void;
  /** What went wrong and is being mended. */
  warn(details: object, message: string): void;
  /** What went wrong and needs a person. */
  error(details: object, message: string): void;
}

/** Warns and errors on the console, the rest nowhere: what a client logs to when it is given nothing. */
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

/** The same logger, or the console's, as one that never throws: a report must not do harm. */
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
