import { describe, expect } from 'vitest';
import { ConnectionLossError, SessionExpiredError, ZooKeeperError } from '../../../lib/core/errors.js';
import { eventually } from '../../../testing/eventually.js';
import type { FaultProxy } from '../../../testing/fault-proxy.js';
import { expireSession } from '../../../testing/session-killer.js';
import { it, recordStates } from '../../support/fixtures.js';

const failure = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => null,
    (reason: unknown) => reason,
  );

/** The offset of the error code in a reply, without the length prefix. */
const ERROR_OFFSET = 12;

const isReply = (frame: Buffer): boolean => frame.readInt32BE(0) >= 0;

/** Changes the next reply to a request, and passes on everything else. */
function onNextReply(proxy: FaultProxy, change: (frame: Buffer) => Buffer | null): void {
  let done = false;
  proxy.transform((frame) => {
    if (done || !isReply(frame)) return frame;
    done = true;
    return change(Buffer.from(frame));
  });
}

describe('a write without an answer', () => {
  it('is carried out once, and rejects because its outcome is unknown', async ({ proxy, proxied, other }) => {
    proxy.blackHole('to-client');
    const error = await failure(proxied.create('/job-', '', { mode: 'persistent-sequential' }));
    expect(error).toBeInstanceOf(ConnectionLossError);
    expect(error).toMatchObject({
      code: 'CONNECTION_LOSS',
      path: '/job-',
      retryable: true,
      message: expect.stringContaining('whether it was carried out is unknown'),
    });
    await proxy.pass();
    await proxied.sync('/');
    expect((await other.getChildren('/')).children).toEqual(['job-0000000000']);
  });

  it('rejects, whichever operation it is', async ({ proxy, proxied }) => {
    await proxied.create('/a');
    const acl = [{ perms: 31, scheme: 'world', id: 'anyone' }];
    proxy.blackHole('to-client');
    const writes = [
      proxied.setData('/a', 'x'),
      proxied.setAcl('/a', acl),
      proxied.transaction().create('/b').commit(),
      proxied.create('/c'),
      proxied.delete('/a'),
    ].map(failure);
    await eventually(() => proxy.swallowed > 0);
    proxy.cut();
    for (const error of await Promise.all(writes)) {
      expect(error).toBeInstanceOf(ConnectionLossError);
      expect((error as Error).message).toContain('unknown');
    }
    await proxy.pass();
  });
});

describe('a read without an answer', () => {
  it('is sent again, and answered', async ({ proxy, proxied, other }) => {
    await other.create('/a/b', 'data', { makePath: true });
    await other.create('/branch/leaf', '', { makePath: true });
    proxy.blackHole('to-client');
    const reads = Promise.all([
      proxied.exists('/a'),
      proxied.getData('/a/b'),
      proxied.getChildren('/a'),
      proxied.getAcl('/a'),
      proxied.sync('/a'),
      proxied.deleteRecursive('/branch'),
      proxied.ensurePath('/c/d'),
    ]);
    await eventually(() => proxy.swallowed > 0);
    proxy.cut();
    await proxy.pass();
    const [stat, { data }, { children }] = await reads;
    expect([stat?.version, data.toString(), children]).toEqual([0, 'data', ['b']]);
    expect(await other.exists('/branch')).toBe(null);
    expect(await other.exists('/c/d')).not.toBe(null);
  });

  it('rejects when the retry policy allows no further attempt', async ({ connect, proxy, chroot }) => {
    const connectString = `${proxy.connectString}${chroot}`;
    const client = await connect({ connectString, retry: { maxAttempts: 1 } });
    proxy.blackHole('to-client');
    const error = failure(client.getData('/'));
    await eventually(() => proxy.swallowed > 0);
    proxy.cut();
    expect(await error).toBeInstanceOf(ConnectionLossError);
    expect(await error).toMatchObject({ path: '/', message: expect.not.stringContaining('unknown') });
    await proxy.pass();
    await client.close();
  });

  it('rejects eventually when no server returns', async ({ connect, proxy, chroot }) => {
    const client = await connect({
      connectString: `${proxy.connectString}${chroot}`,
      sessionTimeout: 500,
      retry: { maxAttempts: 2, minDelay: 1 },
    });
    proxy.refuse();
    proxy.cut();
    expect(await failure(client.getData('/'))).toBeInstanceOf(ConnectionLossError);
    await proxy.pass();
    await client.close();
  });
});

describe('a write issued without a connection', () => {
  it('is sent in the same session, in order, when the client was suspended', async ({ proxy, proxied, other }) => {
    const states = recordStates(proxied);
    const { sessionId } = proxied;
    proxy.refuse();
    proxy.cut();
    await states.untilCount(1);
    const writes = Promise.all([
      proxied.create('/a', '1', { mode: 'ephemeral' }),
      proxied.setData('/a', '2', 0),
      proxied.setData('/a', '3', 1),
      proxied.create('/b'),
      proxied.delete('/b', 0),
    ]);
    await proxy.accept();
    await writes;
    const { data, stat } = await other.getData('/a');
    expect([data.toString(), stat.ephemeralOwner]).toEqual(['3', sessionId]);
  });

  it('is rejected, and never sent, when the session is lost before a connection returns', async ({
    proxy,
    proxied,
    other,
    port,
  }) => {
    const states = recordStates(proxied);
    proxy.refuse();
    proxy.cut();
    await states.untilCount(1);
    const [write, read] = [failure(proxied.create('/a')), proxied.exists('/a')];
    await expireSession(proxied, port);
    await proxy.accept();
    expect(await write).toBeInstanceOf(SessionExpiredError);
    expect(await write).toMatchObject({ code: 'SESSION_EXPIRED', path: '/a', retryable: true });
    expect(await read).toBe(null);
    expect(await other.exists('/a')).toBe(null);
  });

  it('is sent in the next session when the client was lost', async ({ proxy, proxied, other, port }) => {
    const states = recordStates(proxied);
    const written = new Promise<string>((resolve, reject) => {
      proxied.on('state', (state) => {
        if (state === 'lost') proxied.create('/a', '', { mode: 'ephemeral' }).then(resolve, reject);
      });
    });
    proxy.refuse();
    proxy.cut();
    await states.untilCount(1);
    await expireSession(proxied, port);
    await proxy.accept();
    expect(await written).toBe('/a');
    expect((await other.exists('/a'))?.ephemeralOwner).toBe(proxied.sessionId);
  });
});

describe('an error code in a reply', () => {
  it.for([
    [-9_999, 'UNKNOWN'],
    [-121, 'NO_WATCHER'],
    [-125, 'QUOTA_EXCEEDED'],
    [-127, 'THROTTLED'],
    [1, 'UNKNOWN'],
    [-2_147_483_648, 'UNKNOWN'],
  ] as const)(
    '(%i) rejects one promise as %s, and affects nothing else',
    async ([serverCode, code], { proxy, proxied }) => {
      await proxied.create('/a', 'data');
      const states = recordStates(proxied);
      onNextReply(proxy, (frame) => {
        frame.writeInt32BE(serverCode, ERROR_OFFSET);
        // A reply with an error has no record.
        return frame.subarray(0, ERROR_OFFSET + 4);
      });
      const [first, second, third] = await Promise.allSettled([
        proxied.setData('/a', 'changed'),
        proxied.getData('/a'),
        proxied.exists('/missing'),
      ]);
      expect(first.status).toBe('rejected');
      const error: unknown = first.status === 'rejected' ? first.reason : null;
      expect(error).toBeInstanceOf(ZooKeeperError);
      expect(error).toMatchObject({ code, serverCode, path: '/a' });
      expect((error as Error).message).toContain(String(serverCode === -125 ? 'quota' : serverCode));
      expect(second).toMatchObject({ value: { data: Buffer.from('changed') } });
      expect(third).toMatchObject({ value: null });
      expect(states.items).toEqual([]);
    },
  );
});
