/** Signs that a terminal obeys in place of showing them, but for the ends of lines and tabs. */
const OBEYED = /(?!\r?\n|\t)\p{Cc}/gu;

/** A text for a terminal, with \u001b for such a sign. In JSON that is the same text. */
export function visible(text: string): string {
  return text.replaceAll(OBEYED, toEscape);
}

export function toEscape(sign: string): string {
  return `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
