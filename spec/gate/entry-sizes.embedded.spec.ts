import { describe, expect, it } from 'vitest';
import { sizesOf } from '../../scripts/house/entry-sizes.js';

const of = (bytes: number, ...lines: string[]): string => lines.join('\n').padEnd(bytes, ' ');

const PACKAGE = new Map([
  ['dist/index.js', of(1_000, 'import{a}from"./chunks/a.js";', 'import"node:net";')],
  ['dist/chunks/a.js', of(200, 'export{b}from"./b.js";')],
  ['dist/chunks/b.js', of(30, 'import"./a.js";')],
  ['dist/lib/cli/main.js', of(4_000, 'import"../../index.js";', 'const c=await import("../../chunks/c.js");')],
  ['dist/chunks/c.js', of(500, 'import"./b.js";')],
  ['dist/chunks/unused.js', of(9_000)],
]);

describe('the size of an entry', () => {
  it('is all the code that the main entry loads, and of another its own', () => {
    expect(sizesOf(PACKAGE, ['dist/index.js', 'dist/lib/cli/main.js'])).toEqual([
      { entry: 'dist/index.js', bytes: 1_230, most: 205_500 },
      { entry: 'dist/lib/cli/main.js', bytes: 4_500, most: 120_000 },
    ]);
    expect(sizesOf(PACKAGE, ['dist/index.js', 'dist/chunks/c.js', 'dist/lib/cli/main.js']).at(-1)?.bytes).toBe(4_000);
  });

  it('cannot be measured when a file is missing', () => {
    const broken = new Map([['dist/index.js', 'import "./gone.js";']]);
    expect(() => sizesOf(broken, ['dist/index.js'])).toThrow('dist/gone.js is not in the package');
  });
});
