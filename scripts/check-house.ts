/** Holds the rules of the house against the sources and the documents. Exits non-zero with every violation and its place. */
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
