import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ZooKeeperClient } from '../../../index.js';
import { InvalidArgumentError } from '../../../lib/core/errors.js';
import { setWatchesRequest } from '../../../lib/protocol/requests.js';
import { Chroot } from '../../../lib/zookeeper/session/chroot.js';
import { SessionWatches } from '../../../lib/zookeeper/session/session-watches.js';
import { makeFakeClient } from '../../../testing/fake-connector.js';

const LIMIT = 2_000;
const long = (length: number): string => 'x'.repeat(length);

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => null,
    (reason: unknown) => reason,
  );
}

describe('maxRequestSize', () => {
  for (const option of ['maxRequestSize', 'maxReplySize']) {
    it.each([0, -1, 1_023, 1.5, Number.NaN, Infinity, 2 ** 31, '2000', null])(`and ${option} are not %o`, (value) => {
      expect(() => new ZooKeeperClient('a:1', { [option]: value } as object)).toThrow(InvalidArgumentError);
      expect(() => new ZooKeeperClient('a:1', { [option]: value } as object)).toThrow(option);
    });

    it.each([1_024, 4 * 1024 * 1024, undefined])(`and ${option} may be %o`, (value) => {
      expect(new ZooKeeperClient('a:1', { [option]: value } as object).state).toBe('latent');
    });
  }

  it('holds for every request, before anything is sent', async () => {
    const { client, network } = makeFakeClient('a:1', { maxRequestSize: LIMIT, retry: { maxAttempts: 1 } });
    const calls = [
      client.create('/a', long(LIMIT)),
      client.setData('/a', long(LIMIT)),
      client.delete(`/${long(LIMIT)}`),
      client.exists(`/${long(LIMIT)}`),
      client.sync(`/${long(LIMIT)}`),
      client.setAcl('/a', [{ perms: 31, scheme: 'ip', id: long(LIMIT) }]),
      client
        .transaction()
        .create('/a', long(LIMIT / 2))
        .create('/b', long(LIMIT / 2))
        .commit(),
    ];
    for (const call of calls) {
      const error = await rejection(call);
      expect(error).toBeInstanceOf(InvalidArgumentError);
      expect((error as Error).message).toContain('maxRequestSize');
    }
    expect(network.connections.items).toEqual([]);
  });

  it('holds for credentials, which the error does not repeat', () => {
    const auth = { scheme: 'digest', auth: `user:${long(LIMIT)}` };
    const { client } = makeFakeClient('a:1', { maxRequestSize: LIMIT });
    for (const add of [
      () => client.addAuth(auth.scheme, auth.auth),
      () => makeFakeClient('a:1', { maxRequestSize: LIMIT, auth: [auth] }),
    ]) {
      expect(add).toThrow(/^auth: the request is 2031 bytes, above the 2000 of maxRequestSize$/);
    }
    client.addAuth('digest', long(LIMIT - 20 - 'digest'.length));
  });

  it('holds for a watched path together with the rest of the request that arms its watch again', async () => {
    const { client } = makeFakeClient('a:1', { maxRequestSize: LIMIT, retry: { maxAttempts: 1 } });
    const path = `/${long(LIMIT - 50)}`;
    expect(await rejection(client.exists(path))).not.toBeInstanceOf(InvalidArgumentError);
    expect(await rejection(client.exists(path, () => {}))).toBeInstanceOf(InvalidArgumentError);
  });

  it('holds for every portion of SetWatches, whatever is watched', () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(fc.integer({ min: 1_024, max: 4_000 }), lengths, (limit, all) => {
        const watches = new SessionWatches(new Chroot(''), () => {}, limit);
        const paths = all.map((length, nth) => `/${nth}${long(length)}`);
        for (const [nth, absolute] of paths.entries()) {
          const list = (['data', 'exist', 'child'] as const)[nth % 3] ?? 'data';
          const arms = { type: list === 'child' ? ('child' as const) : ('data' as const), absolute, watcher: () => {} };
          watches.begin(arms);
          watches.end(arms, list);
        }
        const chunks = [...watches.chunks()];
        for (const chunk of chunks) expect(setWatchesRequest(0n, chunk).frame.length - 4).toBeLessThanOrEqual(limit);
        expect(chunks.flatMap(({ data, exist, child }) => [...data, ...exist, ...child]).sort()).toEqual(paths.sort());
      }),
    );
  });
});
