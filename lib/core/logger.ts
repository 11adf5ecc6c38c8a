import { SPEECH } from './limits.js';
import { debug } from './node-debug.js';
import { isNotable } from './notable.js';
import { reasonOf } from './reason.js';
import { framesOf } from './stack-frames.js';
import { invalidSecret } from './validation.js';
import { ZooKeeperError } from './zookeeper-error.js';

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

/**
 * Writes warnings and errors to the console, and a lost session with its successor. The default of a client. A message
 * has its details in it; an error of other code than this library's comes with its stack.
 */
export const consoleLogger: Logger = {
  debug() {},
  info(details, message) {
    // NODE_DEBUG prints each state.
    if (isNotable(details) && !debug?.enabled) console.warn(...toPrint(details, message));
  },
  warn(details, message) {
    console.warn(...toPrint(details, message));
  },
  error(details, message) {
    console.error(...toPrint(details, message));
  },
};

function toPrint(details: object, message: string): unknown[] {
  const { err, paths } = details as { err?: unknown; paths?: unknown };
  const all = Array.isArray(paths) ? ` (${paths.join(', ')})` : '';
  const line = `zk-recipes: ${message}${all}`;
  const thrown = err instanceof ZooKeeperError ? thrownByUser(err) : err;
  if (thrown === undefined) return [line];
  const frames = isNoMoreThanFrames(thrown) ? framesOf(thrown) : '';
  return frames === '' ? [line, thrown] : [`${line}${frames}`];
}

/** The error of a function of the user that should have given an argument. */
function thrownByUser({ code, cause }: ZooKeeperError): unknown {
  return code === 'INVALID_ARGUMENT' ? cause : undefined;
}

/** Whether it has nothing besides its message and its stack. */
function isNoMoreThanFrames(error: unknown): error is Error {
  return error instanceof Error && error.cause === undefined && Object.keys(error).length === 0;
}

const METHODS = ['debug', 'info', 'warn', 'error'] as const;

/** Throws unless the value has the methods of a logger. */
export function validateLogger(value: unknown): asserts value is Logger {
  for (const method of METHODS) {
    if (typeof (value as Partial<Logger> | null | undefined)?.[method] === 'function') continue;
    throw invalidSecret('logger', value, `an object with the functions ${METHODS.join(', ')}`);
  }
}

/** By the logger: all guards of one logger share what they said about its failure. */
const guards = new WeakMap<Logger, Logger>();

/**
 * Wraps a logger, or the console's, so that it never throws. While it throws, the console's logger takes its place, and
 * the failure itself is reported from time to time.
 */
export function guardLogger(logger: Logger = consoleLogger): Logger {
  let guarded = guards.get(logger);
  if (!guarded) {
    guarded = makeGuard(logger);
    guards.set(logger, guarded);
  }
  return guarded;
}

function makeGuard(logger: Logger): Logger {
  let repeatAt = Number.NEGATIVE_INFINITY;
  const failed = (level: keyof Logger, details: object, message: string, error: unknown): void => {
    const now = performance.now();
    if (now >= repeatAt) {
      repeatAt = now + SPEECH.repeatAfter;
      const reason = `the logger threw at a line of level ${level}: ${reasonOf(error)}`;
      consoleLogger.error({ err: error }, `${reason}; until it works, warnings and errors go to the console`);
    }
    consoleLogger[level](details, message);
  };
  const guard =
    (level: keyof Logger) =>
    (details: object, message: string): void => {
      try {
        logger[level](details, message);
      } catch (error) {
        failed(level, details, message, error);
      }
    };
  return { debug: guard('debug'), info: guard('info'), warn: guard('warn'), error: guard('error') };
}
