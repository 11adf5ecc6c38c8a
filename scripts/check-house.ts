/**
 * Checks the rules of the house in the sources and the documents, of this checkout or of another that is given. Prints
 * each violation with its place, and exits non-zero if there is any.
 */
import { join } from 'node:path';
import { checkHouse } from './house/check-house.js';
import { readLimits } from './house/limits.js';
import { readSourceTree } from './house/source-tree.js';

const root = process.argv[2] ?? join(import.meta.dirname, '..');
const tree = await readSourceTree(root);
const violations = checkHouse(tree, await readLimits(root, tree));
for (const { rule, place, message } of violations) console.error(`${place}: ${message} (${rule})`);
console.log(`${tree.size} files, ${violations.length} violations of the rules of the house`);
if (violations.length > 0) process.exitCode = 1;
