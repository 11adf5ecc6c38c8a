import type { SourceTree, Violation } from './source-tree.js';

const MOST_LINES = 300;

/** Limits every file of code to a length that can be read in one go. Documents may be longer. */
export function checkFileSizes(tree: SourceTree): Violation[] {
  return [...tree].flatMap(([place, text]) => {
    const lines = text.replace(/\n$/, '').split('\n').length;
    if (place.endsWith('.md') || lines <= MOST_LINES) return [];
    return [{ rule: 'file sizes', place, message: `has ${lines} lines, more than ${MOST_LINES}` }];
  });
}
