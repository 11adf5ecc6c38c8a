import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decode, encode, type SourceMapMappings } from '@jridgewell/sourcemap-codec';

/** The fields of a source map that change. */
interface SourceMap {
  readonly mappings: string;
}

export interface MappedCode<T extends SourceMap> {
  readonly code: string;
  readonly map: T;
}

const DOCSTRING = /^[ \t]*(\/\*\*[\s\S]*?\*\/)[ \t]*\n/gm;

/** The docstrings of the declarations in a folder. */
export async function declaredDocstrings(folder: string): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const name of await readdir(folder, { recursive: true })) {
    if (!name.endsWith('.d.ts')) continue;
    for (const [, docstring = ''] of (await readFile(join(folder, name), 'utf8')).matchAll(DOCSTRING)) {
      found.add(withoutIndentation(docstring));
    }
  }
  return found;
}

/** Leaves out the docstrings that the published declarations repeat, which is where editors look for them. */
export function withoutDeclared<T extends SourceMap>(
  { code, map }: MappedCode<T>,
  declared: ReadonlySet<string>,
): MappedCode<T> {
  const lines: SourceMapMappings = decode(map.mappings);
  let kept = '';
  let end = 0;
  for (const { 0: whole, 1: docstring = '', index } of code.matchAll(DOCSTRING)) {
    if (!declared.has(withoutIndentation(docstring))) continue;
    kept += code.slice(end, index);
    end = index + whole.length;
    lines.splice(countLines(kept), countLines(whole));
  }
  return { code: kept + code.slice(end), map: { ...map, mappings: encode(lines) } };
}

function countLines(text: string): number {
  return text.split('\n').length - 1;
}

function withoutIndentation(docstring: string): string {
  return docstring.replace(/\s*\n\s*/g, '\n');
}
