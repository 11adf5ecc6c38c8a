import type { Violation } from './rules.js';

/**
 * The breach of a rule by a client that reports `lost`.
 *
 * @param isExcused whether servers ended its session, or were out of its reach: a busy event loop is no excuse
 */
export function sessionLost(isExcused: boolean): Violation | null {
  if (isExcused) return null;
  return { rule: 'session-kept', message: 'has lost its session, though its servers were within reach' };
}
