import { InvalidArgumentError } from '../../../lib/core/errors.js';
import { describe, quote } from '../../../lib/core/validation.js';
import { VALUES } from './limits.js';

/** The parts of a media type, in lower case. */
export interface MediaType {
  /** As `image`; `*` for any. */
  readonly type: string;
  /** As `png`; `*` for any. */
  readonly subtype: string;
}

const TOKEN = "[!#$%&'*+.^_`|~\\dA-Za-z-]+";
const QUOTED = '"(?:[\\t \\x21\\x23-\\x5b\\x5d-\\x7e]|\\\\[\\t\\x20-\\x7e])*"';
/** Blanks can match in one way only: otherwise a text could take exponential time. */
const PARAMETER = `;[ \\t]*(?:${TOKEN}=(?:${TOKEN}|${QUOTED})[ \\t]*)?`;
const GRAMMAR = new RegExp(`^(${TOKEN})/(${TOKEN})[ \\t]*(?:${PARAMETER})*$`);

/**
 * Takes a media type, or a pattern of some, to its parts. Parameters are checked and left out.
 *
 * @param text as `image/png`, `text/plain;charset=utf-8`, `image/*` or `*` + `/*`
 * @throws {@link InvalidArgumentError} for another grammar. There is exactly one `/`, and no empty part; a `*` stands
 * for a whole part, and in front of the `/` only when there is one behind it.
 *
 * @example
 * ```ts
 * import { parseMediaType } from 'zk-recipes/blobs';
 *
 * const { type, subtype } = parseMediaType('Text/HTML; charset=utf-8');
 * console.log(type, subtype); // text html
 * ```
 */
export function parseMediaType(text: string): MediaType {
  if (typeof text !== 'string')
    throw new InvalidArgumentError(`a media type must be a string, but is ${describe(text)}`);
  // Not in lower case before: that of a Kelvin sign, which no header has, is a "k".
  const [, ...parts] = (text.length <= VALUES.longestMediaType && GRAMMAR.exec(text)) || [];
  const [type = '', subtype = ''] = parts.map((part) => part.toLowerCase());
  const isKnown = type !== '' && (type !== '*' || subtype === '*') && [type, subtype].every(isWholeOrNone);
  if (!isKnown) throw new InvalidArgumentError(`a media type must look as image/png does, but is ${quote(text)}`);
  return { type, subtype };
}

function isWholeOrNone(part: string): boolean {
  return part === '*' || !part.includes('*');
}

/**
 * Whether a media type is of a pattern, such as `image/*`. Letters match in any case; parameters are ignored.
 *
 * @throws {@link InvalidArgumentError} when one of them is no media type.
 *
 * @example
 * ```ts
 * import { matchMediaType } from 'zk-recipes/blobs';
 *
 * console.log(matchMediaType('image/png', 'image/*')); // true
 * ```
 */
export function matchMediaType(mediaType: string, pattern: string): boolean {
  const [one, all] = [parseMediaType(mediaType), parseMediaType(pattern)];
  return (all.type === '*' || all.type === one.type) && (all.subtype === '*' || all.subtype === one.subtype);
}

/** Throws unless the text is a media type that is none for several. */
export function validateMediaType(name: string, text: unknown): asserts text is string {
  const { subtype } = parseMediaType(text as string);
  if (subtype === '*')
    throw new InvalidArgumentError(`${name} must be one media type, but is ${quote(text as string)}`);
}
