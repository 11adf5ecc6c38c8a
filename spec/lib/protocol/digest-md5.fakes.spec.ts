import { describe, expect, it } from 'vitest';
import { digestMd5, isEqualDigest, parseDirectives, quoted } from '../../../lib/protocol/digest-md5.js';

/** The example of RFC 2831, section 4. */
const EXAMPLE = {
  username: 'chris',
  realm: 'elwood.innosoft.com',
  password: 'secret',
  nonce: 'OA6MG9tEQGm2hh',
  cnonce: 'OA6MHXh6VqTrRk',
  digestUri: 'imap/elwood.innosoft.com',
};

describe('digestMd5()', () => {
  it('gives the values of the example of RFC 2831', () => {
    expect(digestMd5(EXAMPLE, 'client')).toBe('d388dad90d4bbd760a152321f2143af7');
    expect(digestMd5(EXAMPLE, 'server')).toBe('ea40f60335c427b5527b84dbabcdfffd');
  });

  it('hashes a password of ISO 8859-1 in that encoding, and any other in UTF-8', () => {
    const [ascii, latin, other] = ['pass', 'pässwörd', 'пароль'].map((password) =>
      digestMd5({ ...EXAMPLE, password }, 'client'),
    );
    expect(new Set([ascii, latin, other]).size).toBe(3);
    const utf8AsLatin = Buffer.from('пароль').toString('latin1');
    expect(digestMd5({ ...EXAMPLE, password: utf8AsLatin }, 'client')).toBe(other);
    expect(digestMd5({ ...EXAMPLE, password: Buffer.from('pässwörd').toString('latin1') }, 'client')).not.toBe(latin);
  });
});

describe('isEqualDigest()', () => {
  it('distinguishes a digest from others, of another length too', () => {
    expect(isEqualDigest('abc', 'abc')).toBe(true);
    for (const other of ['abd', 'ab', 'abcd', '']) expect(isEqualDigest('abc', other)).toBe(false);
  });
});

describe('parseDirectives()', () => {
  it('reads quoted and plain values, spaces and escapes', () => {
    const text = 'realm="zk-sasl-md5", nonce="a,b=\\"c\\"" ,qop=auth,charset=utf-8';
    expect([...(parseDirectives(text) ?? [])]).toEqual([
      ['realm', 'zk-sasl-md5'],
      ['nonce', 'a,b="c"'],
      ['qop', 'auth'],
      ['charset', 'utf-8'],
    ]);
  });

  it('takes the first of two directives of one name', () => {
    expect(parseDirectives('nonce="a",nonce="b"')?.get('nonce')).toBe('a');
  });

  it.each(['realm', 'realm="a', '=x', 'a=b c=d', ',', 'nonce="a""b"'])('refuses %j', (text) => {
    expect(parseDirectives(text)).toBeNull();
  });

  it('takes no longer than the text is long for a challenge that is made of spaces', () => {
    const spaces = ' '.repeat(30_000);
    const begun = performance.now();
    for (const text of [`a=${spaces}b c`, `a${spaces}=${spaces}b${spaces}c`, `${spaces}a=${spaces}"b"${spaces}c`]) {
      expect(parseDirectives(text)).toBeNull();
    }
    expect(parseDirectives(`a=${spaces}b${spaces},${spaces}c=`)).toEqual(
      new Map([
        ['a', 'b'],
        ['c', ''],
      ]),
    );
    // It took half a minute.
    expect(performance.now() - begun).toBeLessThan(2_000);
  });

  it('reads back what quoted() wrote', () => {
    expect(parseDirectives(`x=${quoted('a"b\\c,d')}`)?.get('x')).toBe('a"b\\c,d');
  });
});
