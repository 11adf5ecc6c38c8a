import { describe, expect, it } from 'vitest';
import { frozenEvent } from '../../../lib/core/frozen-event.js';

describe('an event', () => {
  it('has the transaction where it is known', () => {
    expect(frozenEvent('NodeCreated', '/a', 7n)).toStrictEqual({ type: 'NodeCreated', path: '/a', zxid: 7n });
    for (const unknown of [0n, null, undefined]) {
      expect(frozenEvent('NodeCreated', '/a', unknown)).toStrictEqual({ type: 'NodeCreated', path: '/a' });
    }
  });

  it('is frozen', () => {
    for (const zxid of [7n, 0n]) expect(Object.isFrozen(frozenEvent('NodeDeleted', '/a', zxid))).toBe(true);
  });

  it('is accepted by JSON.stringify, with the transaction as a string', () => {
    expect(JSON.stringify(frozenEvent('NodeDeleted', '/a', 2n ** 62n))).toBe(
      `{"type":"NodeDeleted","path":"/a","zxid":"${2n ** 62n}"}`,
    );
    expect(JSON.stringify(frozenEvent('NodeDeleted', '/a'))).toBe('{"type":"NodeDeleted","path":"/a"}');
  });
});
