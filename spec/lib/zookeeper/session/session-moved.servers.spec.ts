import { describe, expect } from 'vitest';
import { ConnectionLossError } from '../../../../lib/core/errors.js';
import { ServerCode } from '../../../../lib/protocol/server-code.js';
import type { FaultProxy } from '../../../../testing/fault-proxy.js';
import { Recorder } from '../../../../testing/recorder.js';
import { eventOf } from '../../../support/event-of.js';
import { it, recordStates } from '../../../support/fixtures.js';

const HEADER = 16;
const ERROR_OFFSET = 12;

/** The header of a reply, with the error in place of the record. */
function asMoved(frame: Buffer): Buffer {
  const header = Buffer.from(frame.subarray(0, HEADER));
  header.writeInt32BE(ServerCode.SESSION_MOVED, ERROR_OFFSET);
  return header;
}

/** The reply to a transaction of one operation: undone, for that reason. */
function asMovedTransaction(frame: Buffer): Buffer {
  const [header, end] = [Buffer.alloc(9), Buffer.alloc(9)];
  for (const [bytes, done] of [[header, 0] as const, [end, 1] as const]) {
    bytes.writeInt32BE(-1, 0);
    bytes.writeUInt8(done, 4);
    bytes.writeInt32BE(done ? -1 : ServerCode.SESSION_MOVED, 5);
  }
  const error = Buffer.alloc(4);
  error.writeInt32BE(ServerCode.SESSION_MOVED);
  return Buffer.concat([frame.subarray(0, HEADER), header, error, end]);
}

/** Rewrites the next replies to requests, so many of them. */
function rewriteReplies(proxy: FaultProxy, times: number, rewrite: (frame: Buffer) => Buffer): void {
  let left = times;
  proxy.transform((frame) => {
    if (left === 0 || frame.readInt32BE(0) < 0) return frame;
    left -= 1;
    return rewrite(frame);
  });
}

describe('a session that another server has taken over', () => {
  it.for([
    ['a write', asMoved],
    ['a transaction', asMovedTransaction],
  ] as const)(
    'is taken back when %s is answered with that, and its watches go on',
    async ([what, rewrite], { proxy, proxied, other }) => {
      await other.create('/a', 'first');
      const events = new Recorder<unknown>();
      await proxied.exists('/a', events.record);
      const states = recordStates(proxied);
      const { sessionId } = proxied;
      rewriteReplies(proxy, 1, rewrite);
      const write = what === 'a write' ? proxied.setData('/c', 'x') : proxied.transaction().create('/b', 'x').commit();
      await expect(write).rejects.toThrow(ConnectionLossError);
      await states.until((all) => all.at(-1) === 'connected');
      expect(states.items).toEqual(['suspended', 'connected']);
      expect(proxied.sessionId).toBe(sessionId);
      await other.setData('/a', 'second');
      expect(await events.untilCount(1)).toEqual([eventOf('NodeDataChanged', '/a')]);
    },
  );

  it('is taken back with pauses while every answer says so, and a read is answered in the end', async ({
    proxy,
    proxied,
    other,
  }) => {
    await other.create('/a', 'data');
    const accepted = proxy.accepted;
    const begun = performance.now();
    rewriteReplies(proxy, 6, asMoved);
    expect((await proxied.getData('/a')).data.toString()).toBe('data');
    // Each connection that ends at once is a failed attempt: the pauses grow.
    expect(performance.now() - begun).toBeGreaterThan(200);
    expect(proxy.accepted - accepted).toBeLessThanOrEqual(7);
    expect(proxied.state).toBe('connected');
  });
});
