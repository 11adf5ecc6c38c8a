import { framesOf } from './stack-frames.js';
import { ZooKeeperError } from './zookeeper-error.js';

/**
 * Throws an error again, with the frames of the functions that await the present one. An error that is made as a reply
 * arrives, or as a timer fires, has none of them. Not for errors that code of the user may have thrown.
 */
export function atCaller(error: unknown): never {
  // Only V8 and some others have the function.
  if (error instanceof ZooKeeperError) Error.captureStackTrace?.(error, atCaller);
  throw error;
}

/**
 * Remembers the functions that called the present one, for an error that ends what they have begun, and which nobody
 * may await at that time. Returns the function that gives them to the error.
 */
export function rememberCaller(): (error: unknown) => void {
  const here: { stack?: string } = {};
  Error.captureStackTrace?.(here, rememberCaller);
  return (error) => {
    const frames = framesOf(here);
    if (error instanceof ZooKeeperError && frames !== '') error.stack = `${error}${frames}`;
  };
}
