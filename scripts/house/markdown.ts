/** A line of prose: a paragraph, a heading, an item of a list, or a row of a table. */
export interface ProseLine {
  /** From 1. */
  readonly line: number;
  readonly text: string;
  readonly isTable: boolean;
}

const FENCE = /^\s*(`{3,}|~{3,})/;
const TABLE = /^\s*(\||<\/?(table|tr|td|th)\b)/;

/** The lines of a document outside its blocks of code. */
export function proseLinesOf(document: string): ProseLine[] {
  let fence: string | undefined;
  return document.split('\n').flatMap((text, index) => {
    const mark = FENCE.exec(text)?.[1];
    if (mark !== undefined && (fence === undefined || mark.startsWith(fence))) {
      fence = fence === undefined ? mark : undefined;
      return [];
    }
    return fence === undefined ? [{ line: index + 1, text, isTable: TABLE.test(text) }] : [];
  });
}

/** The document with its code in blanks, and every line and column where it was. */
export function blankCode(document: string): string {
  const prose = new Map(proseLinesOf(document).map(({ line, text }) => [line, text]));
  const lines = document.split('\n').map((text, index) => prose.get(index + 1) ?? text.replaceAll(/./g, ' '));
  return lines.join('\n').replaceAll(/`[^`]*`|\]\([^)]*\)/g, (code) => code.replaceAll(/./g, ' '));
}

/** The headings that a line is below, from the title to the nearest. */
export function headingsAbove(document: string, line: number): string[] {
  const above: string[] = [];
  for (const { line: place, text } of proseLinesOf(document)) {
    const [, marks = '', title = ''] = /^(#+) (.*)$/.exec(text) ?? [];
    if (place > line || marks === '') continue;
    above.length = Math.min(above.length, marks.length - 1);
    above[marks.length - 1] = title;
  }
  return above;
}
