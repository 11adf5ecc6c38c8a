import { posix } from 'node:path';
import type { SourceTree } from './source-tree.js';
import { ts } from './typescript.js';

export interface Import {
  readonly from: string;
  readonly line: number;
  /** A file of the tree, or a package's name. */
  readonly to: string;
  readonly isPackage: boolean;
}

export type ImportGraph = ReadonlyMap<string, readonly Import[]>;

/** The imports of every TypeScript file: static, dynamic, re-exports, and those of types. */
export function readImports(tree: SourceTree): ImportGraph {
  const names = [...tree.keys()].filter((name) => name.endsWith('.ts'));
  return new Map(names.map((name) => [name, importsOf(tree, name)]));
}

function importsOf(tree: SourceTree, from: string): Import[] {
  const text = tree.get(from) ?? '';
  const { importedFiles, referencedFiles } = ts.preProcessFile(text);
  return [...importedFiles, ...referencedFiles].map(({ fileName, pos }) => {
    const line = text.slice(0, pos).split('\n').length;
    const isPackage = !fileName.startsWith('.');
    return { from, line, to: isPackage ? fileName : toFile(tree, from, fileName), isPackage };
  });
}

function toFile(tree: SourceTree, from: string, specifier: string): string {
  const path = posix.join(posix.dirname(from), specifier);
  const source = path.replace(/\.js$/, '.ts');
  return tree.has(source) ? source : path;
}
