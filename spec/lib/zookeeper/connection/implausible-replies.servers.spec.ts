import { describe, expect } from 'vitest';
import { DataWatch } from '../../../../index.js';
import { ConnectionLossError, ReplyTooLargeError } from '../../../../lib/core/errors.js';
import { MalformedRecordError } from '../../../../lib/protocol/jute.js';
import type { FaultProxy } from '../../../../testing/fault-proxy.js';
import { Recorder } from '../../../../testing/recorder.js';
import { eventOf } from '../../../support/event-of.js';
import { it, recordStates } from '../../../support/fixtures.js';

/** The offsets in a reply, without its length field. */
const ZXID = 4;
const ERROR = 12;
const RECORD = 16;
const HIGHEST = 2n ** 63n - 1n;
const NOTIFICATION = -1;
const PING = -2;

/** Changes the first reply that matches, and passes on everything else. */
function onReply(
  proxy: FaultProxy,
  matches: (frame: Buffer) => boolean,
  change: (frame: Buffer) => Buffer,
): () => number {
  let changed = 0;
  proxy.transform((frame) => {
    if (changed > 0 || !matches(frame)) return frame;
    changed += 1;
    return change(Buffer.from(frame));
  });
  return () => changed;
}

const isReply = (frame: Buffer): boolean => frame.readInt32BE(0) >= 0;
const isXid =
  (xid: number) =>
  (frame: Buffer): boolean =>
    frame.readInt32BE(0) === xid;

/** The offset of the mzxid in the reply to a getData of four bytes. */
const MZXID = RECORD + 4 + 4 + 8;

describe('an implausible reply', () => {
  it('whose stat is newer than the reply ends the connection, and the read is answered over the next one', async ({
    proxy,
    proxied,
    other,
  }) => {
    await other.create('/a', 'data');
    await proxied.sync('/');
    const states = recordStates(proxied);
    onReply(proxy, isReply, (frame) => {
      frame.writeBigInt64BE(HIGHEST, MZXID);
      return frame;
    });
    const { stat } = await proxied.getData('/a');
    expect(stat.mzxid).toBe((await other.exists('/a'))?.mzxid);
    expect(states.items).toEqual(['suspended', 'connected']);
  });

  it('to the read of a watch does not keep it from later changes', async ({ proxy, proxied, other }) => {
    await other.create('/a', 'one1');
    const calls = new Recorder<string>();
    const watch = new DataWatch(proxied, '/a', (data) => {
      calls.record(String(data));
    });
    await watch.ready;
    onReply(
      proxy,
      (frame) => isReply(frame) && frame.length === RECORD + 8 + 68,
      (frame) => {
        frame.writeBigInt64BE(HIGHEST, MZXID);
        return frame;
      },
    );
    await other.setData('/a', 'two2');
    await calls.untilCount(2);
    await other.setData('/a', 'tre3');
    expect(await calls.untilCount(3)).toEqual(['one1', 'two2', 'tre3']);
    watch.stop();
  });

  it('rejects a write with the reply as the reason, and names the request', async ({ proxy, proxied, chroot }) => {
    await proxied.sync('/');
    onReply(proxy, isReply, (frame) => {
      frame.write('x', frame.length - 1);
      return frame;
    });
    const error = await proxied.create('/a').catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConnectionLossError);
    expect((error as Error).message).toContain('unknown');
    const { cause } = (error as { cause: Error }).cause as { cause: Error };
    expect(cause).toBeInstanceOf(MalformedRecordError);
    expect(cause.message).toContain(`the reply to create ${chroot}/a: it has the path`);
  });

  it('with an error and a record is not taken for the error', async ({ proxy, proxied, other }) => {
    await other.create('/a', 'data');
    await proxied.sync('/');
    onReply(proxy, isReply, (frame) => {
      frame.writeInt32BE(-101, ERROR);
      return frame;
    });
    expect((await proxied.exists('/a'))?.version).toBe(0);
    expect(proxy.accepted).toBe(2);
  });

  for (const [name, xid] of [
    ['a ping', PING],
    ['a request', null],
  ] as const) {
    for (const [kind, zxid] of [
      ['absurd', HIGHEST],
      ['negative', -(2n ** 63n)],
    ] as const) {
      it(`to ${name} with an ${kind} zxid does not keep the client from its servers`, async ({
        proxy,
        proxied,
        other,
      }) => {
        await proxied.sync('/');
        const states = recordStates(proxied);
        const { sessionId } = proxied;
        onReply(proxy, xid === null ? isReply : isXid(xid), (frame) => {
          frame.writeBigInt64BE(zxid, ZXID);
          return frame;
        });
        if (xid === null) await proxied.exists('/');
        await states.until((all) => all.at(-1) === 'connected');
        expect([states.items, proxied.sessionId]).toEqual([['suspended', 'connected'], sessionId]);
        await other.create('/a', 'data');
        await proxied.sync('/');
        expect((await proxied.exists('/a'))?.version).toBe(0);
      });
    }
  }

  it('with a zxid a little too high is found by the next reply, and forgotten', async ({ proxy, proxied, other }) => {
    await other.create('/a', 'data');
    await proxied.sync('/');
    const states = recordStates(proxied);
    const { sessionId } = proxied;
    onReply(proxy, isReply, (frame) => {
      frame.writeBigInt64BE(frame.readBigInt64BE(ZXID) + 1_000_000n, ZXID);
      return frame;
    });
    await proxied.exists('/a');
    expect((await proxied.exists('/a'))?.version).toBe(0);
    expect([states.items, proxied.sessionId]).toEqual([['suspended', 'connected'], sessionId]);
    expect(proxy.accepted).toBe(2);
  });

  for (const [name, change] of Object.entries<(frame: Buffer) => void>({
    'an unknown type': (frame) => frame.writeInt32BE(77, RECORD),
    'the type of the session, and a path': (frame) => frame.writeInt32BE(-1, RECORD),
    'a path outside of the chroot': (frame) => frame.write('/zzzzz', RECORD + 12),
    'an invalid path': (frame) => frame.write('//', RECORD + 12),
  })) {
    it(`in an event (${name}) loses no change`, async ({ proxy, proxied, other }) => {
      await other.create('/a', 'data');
      const events = new Recorder<unknown>();
      await proxied.getData('/a', events.record);
      const count = onReply(proxy, isXid(NOTIFICATION), (frame) => {
        change(frame);
        return frame;
      });
      await other.setData('/a', 'more');
      expect(await events.untilCount(1)).toEqual([eventOf('NodeDataChanged', '/a')]);
      expect([count(), proxy.accepted]).toEqual([1, 2]);
    });
  }
});

describe('a reply above maxReplySize', () => {
  const LARGE = Buffer.alloc(300_000, 'large');

  it('rejects its request alone, is not retried, and leaves the connection as it is', async ({ connect, other }) => {
    await other.create('/large', LARGE);
    await other.create('/small', 'data');
    const client = await connect({ maxReplySize: 100_000 });
    const states = recordStates(client);
    const [large, small, missing] = await Promise.allSettled([
      client.getData('/large'),
      client.getData('/small'),
      client.exists('/missing'),
    ]);
    expect(large).toMatchObject({ status: 'rejected' });
    const { reason } = large as PromiseRejectedResult;
    expect(reason).toBeInstanceOf(ReplyTooLargeError);
    expect(reason).toMatchObject({ code: 'REPLY_TOO_LARGE', path: '/large', retryable: false });
    expect((reason as Error).message).toMatch(/^getData \/large: the reply of 3000\d\d bytes is above maxReplySize/);
    expect(small).toMatchObject({ value: { data: Buffer.from('data') } });
    expect(missing).toMatchObject({ value: null });
    expect(states.items).toEqual([]);
    expect((await client.exists('/large'))?.dataLength).toBe(300_000);
  });

  it('is one byte more than the largest that is read', async ({ connect, other }) => {
    await other.create('/a', Buffer.alloc(10_000));
    const size = 10_000 + 16 + 4 + 68;
    const exact = await connect({ maxReplySize: size });
    expect((await exact.getData('/a')).data.length).toBe(10_000);
    const less = await connect({ maxReplySize: size - 1 });
    await expect(less.getData('/a')).rejects.toThrow(ReplyTooLargeError);
  });

  it('is skipped however it is cut into pieces', async ({ makeClient, proxy, chroot, other }) => {
    await other.create('/a', Buffer.alloc(5_000));
    proxy.singleBytes(true);
    const client = makeClient({ connectString: `${proxy.connectString}${chroot}`, maxReplySize: 1_024 });
    await client.connect();
    const { accepted } = proxy;
    const reads = Promise.allSettled([client.getData('/a'), client.exists('/a'), client.getData('/a')]);
    expect((await reads).map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected']);
    expect(proxy.accepted).toBe(accepted);
    await client.close();
  });

  it('is reported once to a watch, which goes on when the znode has shrunk', async ({ connect, other }) => {
    await other.create('/a', LARGE);
    const client = await connect({ maxReplySize: 100_000 });
    const errors = new Recorder<unknown>();
    const calls = new Recorder<string>();
    const watch = new DataWatch(client, '/a', (data) => {
      calls.record(String(data));
    }).on('error', errors.record);
    await expect(watch.ready).rejects.toThrow(ReplyTooLargeError);
    await other.setData('/a', 'small');
    expect(await calls.untilCount(1)).toEqual(['small']);
    expect(errors.items.length).toBe(1);
    watch.stop();
  });
});
