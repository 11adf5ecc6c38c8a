import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decode, encode, type SourceMapMappings } from '@jridgewell/sourcemap-codec';
import ts from 'typescript';

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

/** Indents by two blanks, as the sources do. The compiler indents by four, which takes 5 kB of the package. */
export function indentedByTwo<T extends SourceMap>({ code, map }: MappedCode<T>): MappedCode<T> {
  const isText = linesOfTexts(code);
  const lines: SourceMapMappings = decode(map.mappings);
  const indented = code.split('\n').map((line, index) => {
    const removed = isText.has(index) ? 0 : Math.floor(line.search(/\S|$/) / 4) * 2;
    for (const segment of lines[index] ?? []) segment[0] = Math.max(0, segment[0] - removed);
    return line.slice(removed);
  });
  return { code: indented.join('\n'), map: { ...map, mappings: encode(lines) } };
}

/** The lines that begin inside a template literal, whose blanks are its own. */
function linesOfTexts(code: string): ReadonlySet<number> {
  const found = new Set<number>();
  const source = ts.createSourceFile('code.js', code, ts.ScriptTarget.ES2022);
  const lineOf = (position: number): number => source.getLineAndCharacterOfPosition(position).line;
  const visit = (node: ts.Node): void => {
    if (ts.isNoSubstitutionTemplateLiteral(node) || ts.isTemplateExpression(node)) {
      for (let line = lineOf(node.getStart(source)) + 1; line <= lineOf(node.end); line += 1) found.add(line);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function countLines(text: string): number {
  return text.split('\n').length - 1;
}

function withoutIndentation(docstring: string): string {
  return docstring.replace(/\s*\n\s*/g, '\n');
}
