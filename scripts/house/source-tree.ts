import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The text of each file, by its path from the root. */
export type SourceTree = ReadonlyMap<string, string>;

export interface Violation {
  readonly rule: string;
  /** `file` or `file:line`. */
  readonly place: string;
  readonly message: string;
}

const FOLDERS = ['lib', 'recipes', 'testing', 'spec', 'bench', 'examples', 'scripts', 'docs'];
const TEXT = /\.(ts|js|mjs|py|md)$/;
/** Files that a tool writes. */
const GENERATED = /^docs\/reference\//;

/** Reads the package's own sources and documents. */
export async function readSourceTree(root: string): Promise<SourceTree> {
  const inFolders = await Promise.all(FOLDERS.map((folder) => namesBelow(root, folder)));
  const atTop = (await readdir(root)).filter((name) => TEXT.test(name));
  const names = [...atTop, ...inFolders.flat()].filter((name) => !GENERATED.test(name)).sort();
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(root, name), 'utf8')] as const)),
  );
}

async function namesBelow(root: string, folder: string): Promise<string[]> {
  const names = await readdir(join(root, folder), { recursive: true });
  return names.filter((name) => TEXT.test(name)).map((name) => `${folder}/${name}`);
}
