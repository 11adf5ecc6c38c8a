import { checkCircles } from './circles.js';
import { checkEnglish } from './english.js';
import { checkFileSizes } from './file-sizes.js';
import { readImports } from './imports.js';
import type { Limits } from './limits.js';
import { checkNumbers } from './numbers.js';
import { checkProse } from './prose.js';
import { checkEntries, checkRooms } from './room-rules.js';
import type { SourceTree, Violation } from './source-tree.js';

/** Checks every rule. */
export function checkHouse(tree: SourceTree, limits: Limits): Violation[] {
  const graph = readImports(tree);
  return [
    ...checkRooms(graph),
    ...checkEntries(tree),
    ...checkCircles(graph),
    ...checkFileSizes(tree),
    ...checkProse(tree),
    ...checkEnglish(tree),
    ...checkNumbers(tree, limits),
  ];
}
