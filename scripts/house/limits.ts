import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { SourceTree } from './source-tree.js';

/** The numbers of the code by name, as `OBSERVING.readsAtOnce`. */
export type Limits = ReadonlyMap<string, number>;

/** Loads every limits.ts of the library, each of which exports an object for each of its areas. */
export async function readLimits(root: string, tree: SourceTree): Promise<Limits> {
  const files = [...tree.keys()].filter((file) => /^(lib|recipes)\/(.*\/)?limits\.ts$/.test(file));
  const modules: object[] = await Promise.all(files.map((file) => import(pathToFileURL(resolve(root, file)).href)));
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

const OPERATIONS: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
};

/** The value of `A.b`, or of `A.b - A.c / 2`, read from left to right. Throws when a name does not exist. */
export function evaluate(expression: string, limits: Limits): number {
  const [first = '', ...rest] = expression.split(/ *([-+*/]) */);
  let value = operand(first, limits);
  for (let index = 0; index < rest.length; index += 2) {
    const [operator = '', name = ''] = rest.slice(index);
    value = OPERATIONS[operator]?.(value, operand(name, limits)) ?? Number.NaN;
  }
  return value;
}

function operand(name: string, limits: Limits): number {
  const value = /^\d/.test(name) ? Number(name) : limits.get(name);
  if (value === undefined) throw new Error(`there is no limit ${name}`);
  return value;
}
