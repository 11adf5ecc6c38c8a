import { blankCode, headingsAbove } from './markdown.js';

/** A number of a document that has a unit, or the mark of a limit. */
export interface Quantity {
  readonly line: number;
  /** The headings above it, the nearest last. */
  readonly headings: readonly string[];
  /** With its unit, as `128 KiB`. */
  readonly phrase: string;
  /** In the units of the code: milliseconds, bytes, shares of one, or a plain count. */
  readonly value: number;
  /** The name of its limit, or an expression of names and numbers. */
  readonly limit: string | undefined;
}

const FACTORS: Readonly<Record<string, number>> = {
  s: 1_000,
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  kb: 1_000,
  kib: 1_024,
  mb: 1_000_000,
  mib: 1_024 ** 2,
  '%': 0.01,
};

const WORDS = [
  'zero',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
  'eleven',
  'twelve',
];
const NUMBER = `(?:\\d[\\d,]*(?:\\.\\d+)?|\\b(?:${WORDS.join('|')})\\b)`;
const MARK = '<!-- *limit:([\\w.]+(?: *[-+*/] *[\\w.]+)*) *-->';
const MEASURES = 'ms|s|seconds?|minutes?|hours?|bytes?|kB|KiB|MB|MiB';
const COUNTED =
  'reads?|requests?|watch(?:es|ers)?|connections?|sessions?|attempts?|times|changes|znodes?|children|events?|' +
  'transactions?|operations?|ticks?|rounds?|levels?|on the way|at once|in flight|T';

const MARKED_NUMBER = new RegExp(`(?<![\\w.,:/-])(${NUMBER})(?:${MARK})?`, 'gi');
/** The text after a number: its unit, or the rest of a range and the unit of both. */
const UNIT = new RegExp(
  `^(?:\\s+(?:to|and|or)\\s+${NUMBER}(?:${MARK})?)?[\\s\\u00a0-]?\\s*(%|(?:${MEASURES}|${COUNTED})(?!\\w))`,
  'i',
);

export function findQuantities(document: string): Quantity[] {
  const text = blankCode(document);
  return [...text.matchAll(MARKED_NUMBER)].flatMap((match) => {
    const [whole, number = '', limit] = match;
    const unit = UNIT.exec(text.slice(match.index + whole.length))?.[2];
    const isMeasured = unit !== undefined && !new RegExp(`^(?:${COUNTED})$`, 'i').test(unit);
    // "One read" and "two watches" are parts of a sentence rather than numbers of the code.
    const isPlain = unit === undefined || (!isMeasured && !/\d/.test(number));
    if (limit === undefined && isPlain) return [];
    const line = text.slice(0, match.index).split('\n').length;
    return {
      line,
      headings: headingsAbove(document, line),
      phrase: unit === undefined ? number : `${number} ${unit}`.toLowerCase(),
      value: amountOf(number) * (FACTORS[unit?.toLowerCase().replace(/(?<=\w\w)s$/, '') ?? ''] ?? 1),
      limit,
    };
  });
}

function amountOf(number: string): number {
  const word = WORDS.indexOf(number.toLowerCase());
  return word === -1 ? Number(number.replaceAll(',', '')) : word;
}
