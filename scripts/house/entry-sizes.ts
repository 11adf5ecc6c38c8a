import { posix } from 'node:path';
import { ts } from './typescript.js';

/** The code of a package by file, from its root. */
export type PackedCode = ReadonlyMap<string, string>;

/** The largest code of the main entry with all that it loads, in bytes. The aim is 150,000: its trees are too many. */
const LARGEST_MAIN = 205_500;
/** The largest code of any other entry, without the files that the entries before it load, in bytes. */
const LARGEST_OTHER = 120_000;

export interface EntrySize {
  readonly entry: string;
  readonly bytes: number;
  readonly most: number;
}

/** The size of each entry; the first is the main one. */
export function sizesOf(code: PackedCode, [main = '', ...others]: readonly string[]): EntrySize[] {
  const counted = loadedBy(code, main);
  const sizes = [{ entry: main, bytes: bytesOf(code, [...counted]), most: LARGEST_MAIN }];
  for (const entry of others) {
    const own = [...loadedBy(code, entry)].filter((file) => !counted.has(file));
    for (const file of own) counted.add(file);
    sizes.push({ entry, bytes: bytesOf(code, own), most: LARGEST_OTHER });
  }
  return sizes;
}

/** The entry and every file that it imports, directly or through others, at once or later. */
function loadedBy(code: PackedCode, entry: string): Set<string> {
  const loaded = new Set([entry]);
  // The loop also visits the files that it adds.
  for (const file of loaded) {
    const text = code.get(file);
    if (text === undefined) throw new Error(`${file} is not in the package`);
    for (const { fileName } of ts.preProcessFile(text, true, true).importedFiles) {
      if (fileName.startsWith('.')) loaded.add(posix.join(posix.dirname(file), fileName));
    }
  }
  return loaded;
}

function bytesOf(code: PackedCode, files: readonly string[]): number {
  return files.reduce((sum, file) => sum + Buffer.byteLength(code.get(file) ?? ''), 0);
}
