import { UsageError } from '../usage-error.js';

/** Backslashes, and texts in quotes, as shells have them; other characters stand for themselves. */
const PART = /\\(.)|'([^']*)'|"((?:\\.|[^"\\])*)"|([^\s'"\\]+)|(\s+)/gsy;

/** The words of a line. @throws UsageError for a quote without its end */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let end = 0;
  for (const [part, escaped, single, double, plain, space] of line.matchAll(PART)) {
    end += part.length;
    if (space === undefined)
      word = (word ?? '') + (escaped ?? single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? plain);
    else if (word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  if (end < line.length) throw new UsageError('a quote or a backslash has no end');
  return word === undefined ? words : [...words, word];
}
