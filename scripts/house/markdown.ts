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
