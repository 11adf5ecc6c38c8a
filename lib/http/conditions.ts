/** The present content. */
export interface Present {
  /** Without quotes; `null` when there is none. */
  readonly etag: string | null;
  readonly modified?: Date;
}

/** An etag as a header has it. */
export function quoteEtag(etag: string): string {
  return `"${etag}"`;
}

interface EntityTag {
  readonly isWeak: boolean;
  readonly value: string;
}

/** The etags of a header; `'*'` for any. Whatever is no etag matches nothing. */
function parse(header: string): '*' | EntityTag[] {
  if (header.trim() === '*') return '*';
  const found = header.matchAll(/(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"/g);
  return Array.from(found, ([, weak, value = '']) => ({ isWeak: weak !== undefined, value }));
}

/** By the strong comparison: a weak etag matches nothing. */
function matchesStrongly(header: string, { etag }: Present): boolean {
  const tags = parse(header);
  return etag !== null && (tags === '*' || tags.some(({ isWeak, value }) => !isWeak && value === etag));
}

/** By the weak comparison. */
function matchesWeakly(header: string, { etag }: Present): boolean {
  const tags = parse(header);
  return etag !== null && (tags === '*' || tags.some(({ value }) => value === etag));
}

/** Whether the content is newer than a date, whose time ends with a second. A text that is no date is ignored. */
function isModifiedSince(header: string | null, { modified }: Present): boolean {
  return header !== null && modified !== undefined && modified.getTime() >= Date.parse(header) + 1_000;
}

/**
 * The status that the conditions of a request lead to, in the order of RFC 9110, section 13.2.2; `null` when it is to
 * be carried out. If-Modified-Since is ignored: two generations can be of one second.
 */
export function refusedBy({ method, headers }: Request, present: Present): 304 | 412 | null {
  const [ifMatch, ifNoneMatch] = [headers.get('if-match'), headers.get('if-none-match')];
  if (
    ifMatch === null ? isModifiedSince(headers.get('if-unmodified-since'), present) : !matchesStrongly(ifMatch, present)
  )
    return 412;
  if (ifNoneMatch === null || !matchesWeakly(ifNoneMatch, present)) return null;
  return method === 'GET' || method === 'HEAD' ? 304 : 412;
}

/** Whether a write depends on the present content. */
export function isConditional({ headers }: Request): boolean {
  return ['if-match', 'if-none-match', 'if-unmodified-since'].some((name) => headers.has(name));
}

/** Whether If-Range, if there is one, allows a part of this content. A date never does. */
export function allowsRange({ headers }: Request, present: Present): boolean {
  const ifRange = headers.get('if-range');
  return ifRange === null || (parse(ifRange) !== '*' && matchesStrongly(ifRange, present));
}
