import { describe, expect, it } from 'vitest';
import { InvalidArgumentError } from '../../../../lib/core/errors.js';
import { BlobValue, blobType, matchMediaType, parseMediaType } from '../../../../recipes/blobs/values/index.js';

describe('a media type', () => {
  it.for([
    ['image/png', 'image', 'png'],
    ['Text/HTML', 'text', 'html'],
    ['text/plain;charset=utf-8', 'text', 'plain'],
    ['multipart/mixed; boundary="a;b/c\\""', 'multipart', 'mixed'],
    ['application/vnd.api+json', 'application', 'vnd.api+json'],
    ['image/*', 'image', '*'],
    ['*/*', '*', '*'],
  ])('%s has the parts %s and %s', ([text = '', type, subtype]) => {
    expect(parseMediaType(text)).toEqual({ type, subtype });
  });

  it.for([
    '',
    'image',
    '/png',
    'image/',
    'image/png/x',
    '*/png',
    'im*/png',
    'image/p*',
    ' image/png',
    'image/p ng',
    'image/png\r\nset-cookie: a=b',
    'text/plain;charset="\r\n"',
    'text/plain;charset',
    'text/pläin',
    'text/\u212aind',
    `a/${'b'.repeat(1_024)}`,
  ])('is refused as %j', (text) => {
    expect(() => parseMediaType(text)).toThrow(InvalidArgumentError);
    expect(() => blobType(text)).toThrow(InvalidArgumentError);
    expect(() => BlobValue.fromBytes(new Uint8Array(1), { mediaType: text })).toThrow(InvalidArgumentError);
  });

  it('of no string is refused, and not shown', () => {
    for (const value of [undefined, null, 1, { secret: 'hunter2' }, ['a/b'], Symbol('x')])
      expect(() => parseMediaType(value as never)).toThrow(InvalidArgumentError);
    expect(() => parseMediaType({ toString: () => 'hunter2' } as never)).not.toThrow('hunter2');
  });

  it.for<[string, string, boolean]>([
    ['image/png', 'image/png', true],
    ['IMAGE/png', 'image/PNG', true],
    ['text/plain;charset=utf-8', 'text/plain', true],
    ['text/plain', 'text/plain;charset=utf-8', true],
    ['image/png', 'image/*', true],
    ['image/png', '*/*', true],
    ['image/png', 'image/jpeg', false],
    ['images/png', 'image/*', false],
    ['image/*', 'image/png', false],
  ])('%s against %s: %s', ([mediaType, pattern, expected]) => {
    expect(matchMediaType(mediaType, pattern)).toBe(expected);
  });

  it('takes no quadratic time', () => {
    const since = performance.now();
    for (const text of [`a/b${';'.repeat(1_000)}!!`, `a/b${' ;'.repeat(500)}\u0000`, `a/b;c="${'\\"'.repeat(500)}`]) {
      try {
        parseMediaType(text);
      } catch {}
    }
    expect(performance.now() - since).toBeLessThan(50);
  });
});
