import { commentsOf } from './comments.js';
import { proseLinesOf } from './markdown.js';
import type { SourceTree, Violation } from './source-tree.js';

const COLUMNS = 120;
/** No formatter breaks a line inside of these: code, images, and the targets of links. */
const UNBREAKABLE = /`[^`]*`|!\[[^\]]*\]\([^)]*\)|\]\([^)]*\)|<[^>]*>/g;

/** Holds comments and documents to a width that can be read. Tables, code and what cannot be broken may be wider. */
export function checkProse(tree: SourceTree): Violation[] {
  return [...tree].flatMap(([file, text]) =>
    wideLines(file, text).map(({ line, width }) => ({
      rule: 'prose',
      place: `${file}:${line}`,
      message: `has ${width} columns, more than ${COLUMNS}`,
    })),
  );
}

interface WideLine {
  readonly line: number;
  readonly width: number;
}

function wideLines(file: string, text: string): WideLine[] {
  if (file.endsWith('.md')) {
    const lines = proseLinesOf(text).filter((each) => !each.isTable && isBreakable(each.text));
    return lines.map((each) => ({ line: each.line, width: widthOf(each.text) }));
  }
  if (!file.endsWith('.ts') || !text.split('\n').some(isBreakable)) return [];
  const lines = text.split('\n');
  return commentsOf(text).flatMap(({ line, source }) =>
    source.split('\n').flatMap((_, index) => {
      const whole = lines[line - 1 + index] ?? '';
      return isBreakable(whole) ? [{ line: line + index, width: widthOf(whole) }] : [];
    }),
  );
}

/** Whether a line is too wide, and has a space at which it could have been broken. */
function isBreakable(text: string): boolean {
  if (widthOf(text) <= COLUMNS) return false;
  const solid = text.replaceAll(UNBREAKABLE, (part) => part.replaceAll(/\s/g, '_'));
  return /\S\s+\S/.test(solid.replace(/^\s*([-*>]|\d+\.|\/\/|\*)?\s*/, ''));
}

const widthOf = (text: string): number => [...text].length;
