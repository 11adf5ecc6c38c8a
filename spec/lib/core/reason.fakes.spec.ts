import { describe, expect, it } from 'vitest';
import { kindOf, reasonOf } from '../../../lib/core/reason.js';
import { toHex } from '../../../lib/core/to-hex.js';

describe('a reason', () => {
  it('is what all parts of an AggregateError say, as of a host with several addresses', () => {
    const parts = ['connect ECONNREFUSED ::1:2181', 'connect ECONNREFUSED 127.0.0.1:2181'].map(
      (text) => new Error(text),
    );
    expect(reasonOf(new AggregateError(parts))).toBe(
      'connect ECONNREFUSED ::1:2181, connect ECONNREFUSED 127.0.0.1:2181',
    );
    expect(reasonOf(new AggregateError([new AggregateError(parts), ...parts]))).toContain('::1:2181');
    expect(reasonOf(new AggregateError(parts, 'all failed'))).toBe('all failed');
  });

  it.each([
    [Object.assign(new Error(''), { code: 'ECONNRESET' }), 'ECONNRESET'],
    [new AggregateError([]), 'AggregateError'],
    [new TypeError(''), 'TypeError'],
    ['thrown text', 'thrown text'],
    ['', 'a thrown string'],
    [undefined, 'a thrown undefined'],
    [null, 'a thrown object'],
    [{ secret: 'word' }, 'a thrown object'],
  ])('is never empty: %o', (error, expected) => {
    expect(reasonOf(error)).toBe(expected);
  });

  it('is of one kind with another when both have the same words and the same place', () => {
    const make = (text: string): Error => new Error(text);
    const [one, two, other] = ['x', 'x', 'y'].map((text) => make(text));
    expect(kindOf(one)).toBe(kindOf(two));
    expect(kindOf(one)).not.toBe(kindOf(other));
    expect(kindOf(one)).not.toBe(kindOf(new Error('x')));
  });
});

describe('the id of a session', () => {
  it('is shown as ZooKeeper shows it, also when its highest bit is set', () => {
    expect([toHex(0x1000n), toHex(-1n)]).toEqual(['0x1000', '0xffffffffffffffff']);
  });
});
