import type { Node } from 'typescript';
import { ts } from './typescript.js';

export interface Comment {
  /** Of its first line, from 1. */
  readonly line: number;
  /** As written, with its marks. Line comments that follow each other are one comment. */
  readonly source: string;
  /** Without marks and line breaks. */
  readonly prose: string;
}

/** All comments of a TypeScript file. */
export function commentsOf(text: string): Comment[] {
  const ranges = mergeLines(text, findRanges(text));
  return ranges.map(({ pos, end }) => {
    const source = text.slice(pos, end);
    return { line: text.slice(0, pos).split('\n').length, source, prose: proseOf(source) };
  });
}

interface Range {
  readonly pos: number;
  readonly end: number;
}

function findRanges(text: string): Range[] {
  const file = ts.createSourceFile('file.ts', text, ts.ScriptTarget.Latest);
  const found = new Map<number, Range>();
  const visit = (node: Node) => {
    const around = [
      ...(ts.getLeadingCommentRanges(text, node.pos) ?? []),
      ...(ts.getTrailingCommentRanges(text, node.end) ?? []),
    ];
    for (const { pos, end } of around) found.set(pos, { pos, end });
    for (const child of node.getChildren(file)) if (!ts.isJSDoc(child)) visit(child);
  };
  visit(file);
  return [...found.values()].sort((a, b) => a.pos - b.pos);
}

function mergeLines(text: string, ranges: readonly Range[]): Range[] {
  const merged: Range[] = [];
  for (const range of ranges) {
    const last = merged.at(-1);
    const continues = last && isLineComment(text, last) && isLineComment(text, range) && isNext(text, last, range);
    if (last && continues) merged.splice(-1, 1, { pos: last.pos, end: range.end });
    else merged.push(range);
  }
  return merged;
}

const isLineComment = (text: string, { pos }: Range): boolean => text.startsWith('//', pos);
const isNext = (text: string, { end }: Range, { pos }: Range): boolean => /^\n[ \t]*$/.test(text.slice(end, pos));

function proseOf(source: string): string {
  const lines = source
    .split('\n')
    .map((line) => line.replace(/^\s*(\/\/+|\/\*+|\*(?!\/))?\s?/, '').replace(/\s*\*+\/$/, ''));
  return lines.join(' ').replaceAll(/\s+/g, ' ').trim();
}
