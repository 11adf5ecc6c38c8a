import { describe, expect, it } from 'vitest';
import type { WatchedEvent } from '../../../../index.js';
import { JuteReader, JuteWriter } from '../../../../lib/protocol/jute.js';
import { Xid } from '../../../../lib/protocol/op-code.js';
import { watcherEventRecord } from '../../../../lib/protocol/records.js';
import { childNames, createdPath } from '../../../../lib/protocol/replies.js';
import { replyHeaderRecord } from '../../../../lib/protocol/server-messages.js';
import { ReplyReader } from '../../../../lib/zookeeper/connection/reply-reader.js';

const HANDSHAKE = (3n << 32n) + 10n;

function frameOf(xid: number, zxid: bigint, path = '/a'): Buffer {
  return new JuteWriter().frame((writer) => {
    replyHeaderRecord.write(writer, { xid, zxid, error: 0 });
    if (xid === Xid.notification) watcherEventRecord.write(writer, { type: 3, state: 3, path });
  }).bytes;
}

function eventAt(zxid: bigint, reader = new ReplyReader(HANDSHAKE, '')): WatchedEvent | null {
  const frame = frameOf(Xid.notification, zxid);
  return reader.event(frame, reader.header(frame));
}

describe('an event', () => {
  it.each([1n, HANDSHAKE - 1n, HANDSHAKE, HANDSHAKE + 1_000n])('has the transaction of its header: %i', (zxid) => {
    expect(eventAt(zxid)).toStrictEqual({ type: 'NodeDataChanged', path: '/a', zxid });
  });

  it.each([-1n, 0n, -2n, 2n ** 63n - 1n, -(2n ** 63n)])('has no transaction where the header has %i', (zxid) => {
    expect(eventAt(zxid)).toStrictEqual({ type: 'NodeDataChanged', path: '/a' });
  });

  it('has no transaction of a later election than that of the replies before it', () => {
    const reader = new ReplyReader(HANDSHAKE, '');
    expect(eventAt(9n << 32n, reader)).toHaveProperty('zxid');
    reader.check(reader.header(frameOf(1, HANDSHAKE + 1n)));
    expect(eventAt(9n << 32n, reader)).not.toHaveProperty('zxid');
  });

  it('is of the chroot or below it, not of another znode whose path begins with the same letters', () => {
    const reader = new ReplyReader(HANDSHAKE, '/app');
    const eventOf = (path: string) => {
      const frame = frameOf(Xid.notification, HANDSHAKE, path);
      return reader.event(frame, reader.header(frame));
    };
    for (const path of ['/app', '/app/a']) expect(eventOf(path)).toHaveProperty('path', path);
    for (const path of ['/application', '/', '/a']) expect(() => eventOf(path)).toThrow('outside of the chroot');
  });

  it('does not count as a reply: a later reply may have an earlier transaction', () => {
    const reader = new ReplyReader(HANDSHAKE, '');
    eventAt(HANDSHAKE + 1_000n, reader);
    reader.check(reader.header(frameOf(1, HANDSHAKE + 1n)));
  });
});

describe('a text that no server can mean', () => {
  const long = 'x'.repeat(1_000_000);
  const refusal = (read: () => unknown): string => {
    try {
      read();
    } catch (error) {
      return (error as Error).message;
    }
    return 'none';
  };
  const readerOf = (write: (writer: JuteWriter) => void): JuteReader => {
    const writer = new JuteWriter();
    write(writer);
    return new JuteReader(writer.bytes);
  };

  it('is cut in the message, which becomes a line of the log', () => {
    const event = (path: string) => () => {
      const frame = new JuteWriter().frame((writer) => {
        replyHeaderRecord.write(writer, { xid: Xid.notification, zxid: 0n, error: 0 });
        watcherEventRecord.write(writer, { type: 3, state: 3, path });
      }).bytes;
      const reader = new ReplyReader(HANDSHAKE, '/chroot');
      return reader.event(frame, reader.header(frame));
    };
    const messages = [
      refusal(event(`/${long}//`)),
      refusal(event(`/${long}`)),
      refusal(() => childNames(readerOf((writer) => writer.int(1).string(`${long}/`)))),
      refusal(() =>
        createdPath(
          readerOf((writer) => writer.string(`/${long}`)),
          '/a',
          'persistent',
        ),
      ),
    ];
    expect(messages).toEqual([
      expect.stringMatching(/^an event of "\/x+\.{3}$/),
      expect.stringMatching(/^an event of "\/x+\.{3}, outside of the chroot$/),
      expect.stringMatching(/^it has a child named "x+\.{3}$/),
      expect.stringMatching(/^it has the path "\/x+\.{3} for the creation of "\/a"$/),
    ]);
    expect(Math.max(...messages.map(({ length }) => length))).toBeLessThan(200);
  });
});

describe('the data of a reply', () => {
  const read = (frame: Buffer): Buffer | null => {
    const reader = new ReplyReader(HANDSHAKE, '');
    return reader.recordOf(frame).buffer();
  };
  const replyWith = (length: number): Buffer => {
    const written = new JuteWriter().frame((writer) => {
      replyHeaderRecord.write(writer, { xid: 1, zxid: HANDSHAKE, error: 0 });
      writer.buffer(Buffer.alloc(length, 7));
    }).bytes;
    const frame = Buffer.allocUnsafeSlow(written.length);
    written.copy(frame);
    return frame;
  };

  it.each([1, 600, 60_000])('of %i bytes is a copy: the next bytes are read into the same memory', (length) => {
    const frame = replyWith(length);
    const data = read(frame);
    frame.fill(0);
    expect(data?.equals(Buffer.alloc(length, 7))).toBe(true);
  });

  it('that is large and alone in its memory is not copied', () => {
    const frame = replyWith(100_000);
    expect(read(frame)?.buffer).toBe(frame.buffer);
  });

  it('is a copy where its frame shares its memory, which its receiver may give away', () => {
    const shared = Buffer.concat([replyWith(100_000), Buffer.alloc(10)]);
    expect(read(shared.subarray(0, -10))?.buffer).not.toBe(shared.buffer);
  });
});
