import { join } from 'node:path';
import type { SourceTree } from './source-tree.js';

/** The numbers of the code by name, as `OBSERVING.readsAtOnce`. */
export type Limits = ReadonlyMap<string, number>;

/** Loads every limits.ts of the library, each of which exports an object for each of its areas. */
export async function readLimits(root: string, tree: SourceTree): Promise<Limits> {
  const files = [...tree.keys()].filter((file) => /^(lib|recipes)\/(.*\/)?limits\.ts$/.test(file));
  const modules: object[] = await Promise.all(files.map((file) => import(join(root, file))));
  const limits = new Map<string, number>();
  for (const [name, value] of modules.flatMap((module) => numbersIn(module))) {
    if (limits.has(name)) throw new Error(`two limits are called ${name}`);
    limits.set(name, value);
  }
  return limits;
}

function numbersIn(value: unknown, path: readonly string[] = []): [string, number][] {
  if (typeof value === 'number') return [[path.join('.'), value]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => numbersIn(inner, [...path, key]));
}
