import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JuteWriter, MalformedRecordError } from '../../../../lib/protocol/jute.js';
import { connectResponseRecord } from '../../../../lib/protocol/messages.js';
import { readHandshake } from '../../../../lib/zookeeper/connection/plausible-handshake.js';

const OLD = { id: -0x7fn, password: Buffer.alloc(16, 1) };
const PASSWORD = Buffer.alloc(16, 2);

interface Grant {
  readonly sessionId?: bigint;
  readonly sessionTimeout?: number;
  readonly password?: Buffer | null;
}

function read(
  { sessionId = OLD.id, sessionTimeout = 10_000, password = PASSWORD }: Grant,
  session: typeof OLD | null = OLD,
  asked = 10_000,
) {
  const frame = new JuteWriter().frame((writer) =>
    connectResponseRecord.write(writer, { protocolVersion: 0, sessionTimeout, sessionId, password }),
  ).bytes;
  return readHandshake(frame, { session, sessionTimeout: asked });
}

describe('a handshake', () => {
  it('gives the session asked for, or a new one', () => {
    expect(read({})).toEqual({ id: OLD.id, password: PASSWORD, sessionTimeout: 10_000 });
    expect(read({ sessionId: 9n }, null)?.id).toBe(9n);
  });

  it('says that a session has expired by a timeout of 0 and no session', () => {
    expect(read({ sessionTimeout: 0, sessionId: 0n, password: Buffer.alloc(16) })).toBe(null);
  });

  it('that gives another session than the one asked for is malformed: the old one may live', () => {
    const other = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).filter((id) => id !== OLD.id);
    fc.assert(
      fc.property(other, (sessionId) => {
        expect(() => read({ sessionId })).toThrow(MalformedRecordError);
      }),
    );
    expect(() => read({ sessionId: 1n })).toThrow('session 0x1 in place of session 0xffffffffffffff81');
  });

  it('is malformed when it gives no session and asks for none to be given up', () => {
    expect(() => read({ sessionId: 0n }, null)).toThrow(MalformedRecordError);
    expect(() => read({ sessionTimeout: 0, sessionId: 0n }, null)).toThrow(MalformedRecordError);
    expect(() => read({ sessionTimeout: 0 })).toThrow(MalformedRecordError);
  });

  it.each([
    [10_000, 4_000],
    [10_000, 10_000],
    [100, 4_000],
    [1_000, 600_000],
    [3_600_000, 3_600_000],
    [3_600_000, 40_000],
    [5, 5],
  ])('may grant for %i ms what servers are configured to: %i ms', (asked, granted) => {
    expect(read({ sessionTimeout: granted }, OLD, asked)?.sessionTimeout).toBe(granted);
  });

  it.each([
    [10_000, 2 ** 31 - 1],
    [10_000, 600_001],
    [3_600_000, 3_600_001],
    [10_000, 9],
    [10_000, -1],
    [10_000, -(2 ** 31)],
    [5, 4],
  ])('is malformed when it grants for %i ms: %i ms', (asked, granted) => {
    expect(() => read({ sessionTimeout: granted }, OLD, asked)).toThrow(MalformedRecordError);
    expect(() => read({ sessionTimeout: granted, sessionId: 7n }, null, asked)).toThrow(`${granted} ms`);
  });

  it.each([null, Buffer.alloc(0), Buffer.alloc(15), Buffer.alloc(17)])(
    'has a password of 16 bytes, not %o',
    (bytes) => {
      expect(() => read({ password: bytes })).toThrow(MalformedRecordError);
    },
  );
});
