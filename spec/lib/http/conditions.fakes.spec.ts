import { describe, expect, it } from 'vitest';
import { allowsRange, refusedBy } from '../../../lib/http/conditions.js';
import { parseRange } from '../../../lib/http/ranges.js';
import { scaled } from '../../../testing/time-factor.js';

function request(method: string, headers: Record<string, string>): Request {
  return new Request('http://h/', { method, headers });
}

describe('a range', () => {
  it.for<[string | null, number, unknown]>([
    [null, 10, null],
    ['bytes=0-0', 10, { start: 0, end: 1 }],
    ['bytes=0-9', 10, { start: 0, end: 10 }],
    ['bytes=0-', 10, { start: 0, end: 10 }],
    ['bytes=5-100', 10, { start: 5, end: 10 }],
    ['bytes= 5-6 ', 10, { start: 5, end: 7 }],
    ['BYTES=5-6', 10, { start: 5, end: 7 }],
    ['bytes=-1', 10, { start: 9, end: 10 }],
    ['bytes=-100', 10, { start: 0, end: 10 }],
    ['bytes=-0', 10, 'unsatisfiable'],
    ['bytes=10-', 10, 'unsatisfiable'],
    ['bytes=0-', 0, 'unsatisfiable'],
    ['bytes=-1', 0, 'unsatisfiable'],
    ['bytes=6-5', 10, null],
    ['bytes=-', 10, null],
    ['bytes=0-1,3-4', 10, null],
    ['bytes=a-b', 10, null],
    ['bytes=0x0-1', 10, null],
    ['items=0-1', 10, null],
    [`bytes=${'9'.repeat(400)}-`, 10, null],
    ['bytes=0-18446744073709551615', 10, null],
    [`bytes=${'0-,'.repeat(100_000)}0-`, 10, null],
    [`bytes=${' '.repeat(100_000)}x`, 10, null],
    [`bytes=0-${' '.repeat(100_000)}x`, 10, null],
  ])('%s of %i bytes', ([header, size, expected]) => {
    expect(parseRange(header, size)).toEqual(expected);
  });
});

describe('conditions', () => {
  it.for<[string, Record<string, string>, string | null, 304 | 412 | null]>([
    ['GET', {}, 'a', null],
    ['GET', { 'if-none-match': '"a"' }, 'a', 304],
    ['HEAD', { 'if-none-match': 'W/"a"' }, 'a', 304],
    ['GET', { 'if-none-match': '"b", "a"' }, 'a', 304],
    ['GET', { 'if-none-match': '*' }, 'a', 304],
    ['GET', { 'if-none-match': '*' }, null, null],
    ['GET', { 'if-none-match': 'a' }, 'a', null],
    ['PUT', { 'if-none-match': '*' }, 'a', 412],
    ['PUT', { 'if-none-match': '*' }, null, null],
    ['PUT', { 'if-match': '*' }, null, 412],
    ['PUT', { 'if-match': '*' }, 'a', null],
    ['PUT', { 'if-match': '"a"' }, 'a', null],
    ['PUT', { 'if-match': 'W/"a"' }, 'a', 412],
    ['PUT', { 'if-match': '"b"' }, 'a', 412],
    ['PUT', { 'if-match': '"a"', 'if-none-match': '"a"' }, 'a', 412],
    ['GET', { 'if-match': '"b"', 'if-none-match': '"a"' }, 'a', 412],
    ['GET', { 'if-modified-since': 'Fri, 01 Jan 2100 00:00:00 GMT' }, 'a', null],
    ['PUT', { 'if-unmodified-since': 'Thu, 01 Jan 2026 00:00:00 GMT' }, 'a', null],
    ['PUT', { 'if-unmodified-since': 'Wed, 31 Dec 2025 23:59:59 GMT' }, 'a', 412],
    ['GET', { 'if-unmodified-since': 'Wed, 31 Dec 2025 23:59:59 GMT' }, 'a', 412],
    ['PUT', { 'if-unmodified-since': 'Wed, 31 Dec 2025 23:59:59 GMT', 'if-match': '"a"' }, 'a', null],
    ['PUT', { 'if-unmodified-since': 'yesterday' }, 'a', null],
  ])('of %s with %o, of etag %s: %s', ([method, headers, etag, expected]) => {
    const modified = new Date('2026-01-01T00:00:00.999Z');
    expect(refusedBy(request(method, headers), { etag, modified })).toBe(expected);
  });

  it('of any length take no quadratic time', () => {
    const since = performance.now();
    for (const part of ['"', '""', 'W/', 'W/"', '"a" ', ',', ' ', 'W/"a', '\\"']) {
      const header = part.repeat(Math.ceil(20_000 / part.length));
      for (const name of ['if-match', 'if-none-match']) refusedBy(request('GET', { [name]: header }), { etag: 'x' });
      allowsRange(request('GET', { 'if-range': header }), { etag: 'x' });
    }
    expect(performance.now() - since).toBeLessThan(scaled(1_000));
  });

  it('allow a range only by a strong etag', () => {
    const allows = (value: string): boolean => allowsRange(request('GET', { 'if-range': value }), { etag: 'a' });
    expect(['"a"', '"b"', 'W/"a"', '*', 'Fri, 01 Jan 2100 00:00:00 GMT'].map(allows)).toEqual([
      true,
      false,
      false,
      false,
      false,
    ]);
  });
});
