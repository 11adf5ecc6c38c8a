import { describe, expect, it } from 'vitest';
import { isX500Name, subjectOf } from '../../../../lib/embedded/authentication/x500-name.js';

// spec/lib/embedded/differential/tls.real.spec.ts compares names with Java's.

function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const head = content.length < 128 ? [tag, content.length] : [tag, 0x82, content.length >> 8, content.length & 0xff];
  return Buffer.concat([Buffer.from(head), content]);
}

const CN = [0x55, 0x04, 0x03];
const attribute = (oid: number[], tag: number, value: Buffer | string): Buffer =>
  der(0x31, der(0x30, der(0x06, Buffer.from(oid)), der(tag, Buffer.from(value))));

function certificate(subject: Buffer, version: Buffer = der(0xa0, Buffer.from([2, 1, 2]))): Buffer {
  const empty = der(0x30);
  return der(0x30, der(0x30, version, der(0x02, Buffer.from([1])), empty, empty, empty, subject, empty));
}

describe('the subject of a certificate', () => {
  it('is written from the last attribute to the first', () => {
    const subject = der(0x30, attribute([0x55, 4, 10], 0x0c, 'Example'), attribute(CN, 0x0c, 'alice'));
    expect(subjectOf(certificate(subject))).toBe('CN=alice,O=Example');
  });

  it('is found in a certificate without a version', () => {
    const subject = der(0x30, attribute(CN, 0x0c, 'alice'));
    expect(subjectOf(certificate(subject, Buffer.alloc(0)))).toBe('CN=alice');
  });

  it('is empty for an empty one', () => {
    expect(subjectOf(certificate(der(0x30)))).toBe('');
  });

  it('has long values, numbers for unknown types, and hexadecimal for values that are no text', () => {
    const email = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1];
    expect(subjectOf(certificate(der(0x30, attribute(email, 0x16, 'a@b'))))).toBe('1.2.840.113549.1.9.1=#1603614062');
    expect(subjectOf(certificate(der(0x30, attribute(CN, 0x02, Buffer.from([5])))))).toBe('CN=#020105');
    expect(subjectOf(certificate(der(0x30, attribute(CN, 0x0c, 'x'.repeat(300)))))).toBe(`CN=${'x'.repeat(300)}`);
  });

  it('has what separates attributes escaped, so that no value looks like two', () => {
    const subject = der(0x30, attribute(CN, 0x0c, ' alice,O=Example\0 '));
    expect(subjectOf(certificate(subject))).toBe('CN=\\ alice\\,O\\=Example\\00\\ ');
  });

  it.each([0, 1, 2, 5, 10, 20])('is not read from a certificate of %i bytes', (length) => {
    const whole = certificate(der(0x30, attribute(CN, 0x0c, 'alice')));
    expect(() => subjectOf(whole.subarray(0, length))).toThrow(RangeError);
  });
});

describe('a name in an ACL', () => {
  it('is checked at once, however long it is', () => {
    for (const part of [' ', 'CN=', 'CN="', 'CN=\\', 'CN=a,', 'a', '\\,', 'CN=  ', 'CN= a', '1.', '#', 'CN=#0']) {
      const start = performance.now();
      isX500Name(Buffer.alloc(100_000, part).toString());
      isX500Name(`CN=${part.repeat(20_000)}"`);
      expect([part, performance.now() - start < 1_000]).toEqual([part, true]);
    }
  });
});
