import { commentsOf } from './comments.js';
import { proseLinesOf } from './markdown.js';
import type { SourceTree, Violation } from './source-tree.js';

const COLUMNS = 120;
/** The formatter never breaks a line inside code, images, targets of links, and HTML. */
const UNBREAKABLE = /`[^`]*`|!\[[^\]]*\]\([^)]*\)|\]\([^)]*\)|<[^>]*>/g;

/** Limits the width of comments and documents. Tables, code and lines without a place to break may be wider. */
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

/** Whether a line is too wide although it has a space at which it can be broken. */
function isBreakable(text: string): boolean {
  if (widthOf(text) <= COLUMNS) return false;
  const solid = text.replaceAll(UNBREAKABLE, (part) => part.replaceAll(/\s/g, '_'));
  return /\S\s+\S/.test(solid.replace(/^\s*([-*>]|\d+\.|\/\/|\*)?\s*/, ''));
}

const widthOf = (text: string): number => [...text].length;
