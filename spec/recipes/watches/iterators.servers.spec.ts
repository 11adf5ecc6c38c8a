import { getEventListeners } from 'node:events';
import { describe, expect } from 'vitest';
import { DataWatch, NoAuthError, WatchInUseError, type ZooKeeperClient } from '../../../index.js';
import { outcome } from '../../../testing/passing-time.js';
import { Recorder } from '../../../testing/recorder.js';
import { expireSession } from '../../../testing/session-killer.js';
import { caughtUp } from '../../support/caught-up.js';
import { it, recordStates } from '../../support/fixtures.js';
import { LeftBehind } from '../../support/left-behind.js';
import { isStrictlyIncreasing } from '../../support/recorded-watches.js';
import { rejectionOf } from '../../support/rejection.js';
import { loopOver, Turnstile } from './iterators/loop.js';
import { expectNothingLeft, isWatched } from './iterators/on-server.js';

const reason = new Error('the reason of the abort');

describe('for await over a DataWatch', () => {
  it('gets each state of a znode that is created, changed and deleted, and ends with break', async ({
    client,
    other,
    port,
    chroot,
  }) => {
    const watch = new DataWatch(client, '/node');
    const steps = [
      () => other.create('/node', '0'),
      () => other.setData('/node', '1'),
      () => other.delete('/node'),
      () => other.create('/node', '2'),
    ];
    const seen: string[] = [];
    for await (const { data, stat, event } of watch) {
      seen.push(`${data} v${stat?.version ?? '-'} ${event?.type ?? '-'}`);
      if (seen.length === 1) expect(await isWatched(port, chroot)).toBe(true);
      const step = steps.shift();
      if (!step) break;
      await step();
    }
    expect(seen).toEqual([
      'null v- -',
      '0 v0 NodeCreated',
      '1 v1 NodeDataChanged',
      'null v- NodeDeleted',
      '2 v0 NodeCreated',
    ]);
    expect(watch.stopped).toBe(true);
    await watch.ready;
    await expectNothingLeft(client, port, chroot);
  });

  it('gets only the newest of the states that arrived during its body', async ({ client, other }) => {
    await other.create('/node', '0');
    const turnstile = new Turnstile();
    const { turns, end } = loopOver(new DataWatch(client, '/node'), turnstile.wait);
    await turns.untilCount(1);
    for (let value = 1; value <= 20; value += 1) await other.setData('/node', String(value));
    await caughtUp(client);
    expect([turns.items.length, turnstile.held]).toEqual([1, 1]);
    turnstile.letThrough();
    await turns.untilCount(2);
    await other.setData('/node', '21');
    await other.setData('/node', '22');
    await caughtUp(client);
    turnstile.letThrough();
    await turns.untilCount(3);
    expect(turns.items.map(({ data }) => String(data))).toEqual(['0', '20', '22']);
    await client.close();
    turnstile.letThrough();
    await end;
    expect(turns.items).toHaveLength(3);
  });

  it('gets nothing stale, nothing twice, and the last state, over repeated cuts in the middle of changes', async ({
    proxied,
    proxy,
    other,
  }) => {
    await other.create('/node', '0');
    const watch = new DataWatch(proxied, '/node');
    const { turns, end } = loopOver(watch, () => new Promise((resolve) => setImmediate(resolve)));
    await turns.untilCount(1);
    for (let value = 1; value <= 60; value += 1) {
      await other.setData('/node', String(value));
      if (value % 6 === 0) proxy.cutAfter(value, 'to-client');
    }
    await proxy.pass();
    await turns.until((all) => String(all.at(-1)?.data) === '60');
    await caughtUp(proxied);
    expect(isStrictlyIncreasing(turns.items.map(({ stat }) => stat?.mzxid ?? -1n))).toBe(true);
    expect(turns.last?.stat?.version).toBe(60);
    watch.stop();
    await end;
  });

  it('gets nothing in a new session without a change, and a change once', async ({ client, other, port }) => {
    await other.create('/node', '0');
    const { turns } = loopOver(new DataWatch(client, '/node'));
    const missing = loopOver(new DataWatch(client, '/missing'));
    await Promise.all([turns.untilCount(1), missing.turns.untilCount(1)]);
    const states = recordStates(client);
    await expireSession(client, port);
    await states.until((seen) => seen.includes('lost') && seen.at(-1) === 'connected');
    await caughtUp(client);
    await other.setData('/node', '1');
    await other.create('/missing', 'found');
    await Promise.all([turns.untilCount(2), missing.turns.untilCount(2)]);
    expect(turns.items.map(({ data, event }) => `${data} ${event?.type}`)).toEqual([
      '0 undefined',
      '1 NodeDataChanged',
    ]);
    expect(missing.turns.items.map(({ data }) => String(data))).toEqual(['null', 'found']);
  });

  it('on a client that is not connected yet gets the state after the connection', async ({ makeClient, other }) => {
    await other.create('/node', '0');
    const client = makeClient();
    const { turns } = loopOver(new DataWatch(client, '/node'));
    await caughtUp(other);
    expect(turns.items).toEqual([]);
    await client.connect();
    expect((await turns.untilCount(1)).map(({ data }) => String(data))).toEqual(['0']);
  });

  it('waits without permission to read, and reports the error to the listeners', async ({
    client,
    other,
    port,
    chroot,
  }) => {
    await other.create('/node', '0', { acl: [{ perms: 31 - 1, scheme: 'world', id: 'anyone' }] });
    const watch = new DataWatch(client, '/node');
    const errors = new Recorder<unknown>();
    watch.on('error', errors.record);
    const { turns, end } = loopOver(watch);
    const ended = outcome(end);
    await errors.untilCount(1);
    expect(errors.items).toEqual([expect.any(NoAuthError)]);
    await other.setAcl('/node', [{ perms: 31, scheme: 'world', id: 'anyone' }]);
    await turns.untilCount(1);
    expect([ended.value, String(turns.last?.data)]).toEqual(['pending', '0']);
    watch.stop();
    await end;
    await expectNothingLeft(client, port, chroot);
  });

  it('is rejected beside a function or another loop, and rejects a function beside it', async ({ client }) => {
    const withFunction = new DataWatch(client, '/node', () => {});
    expect(await rejectionOf(loopOver(withFunction).end)).toBeInstanceOf(WatchInUseError);
    await withFunction.ready;
    const watch = new DataWatch(client, '/node');
    const { turns } = loopOver(watch);
    expect(() => watch.register(() => {})).toThrow(WatchInUseError);
    expect(await rejectionOf(loopOver(watch).end)).toBeInstanceOf(WatchInUseError);
    await turns.untilCount(1);
    expect([withFunction.stopped, watch.stopped]).toEqual([false, false]);
  });
});

const ENDS = [
  ['stop()', ({ watch }: { watch: DataWatch }) => watch.stop(), undefined],
  ['an abort', ({ abort }: { abort: AbortController }) => abort.abort(reason), reason],
  ["the client's close", ({ client }: { client: ZooKeeperClient }) => client.close(), undefined],
] as const;

describe('the end of a loop', () => {
  it.for(
    ENDS.flatMap(([name, end, thrown]) =>
      (['waits for a change', 'runs its body', 'waits for the first state'] as const).map((moment) => ({
        name,
        end,
        thrown,
        moment,
      })),
    ),
  )(
    'by $name while it $moment settles every promise',
    async ({ end, thrown, moment }, { makeClient, other, port, chroot }) => {
      await other.create('/node', '0');
      const client = makeClient();
      if (moment !== 'waits for the first state') await client.connect();
      const abort = new AbortController();
      const watch = new DataWatch(client, '/node', { signal: abort.signal });
      const ready = outcome(watch.ready);
      const turnstile = new Turnstile();
      const { turns, end: ending } = loopOver(watch, moment === 'runs its body' ? turnstile.wait : undefined);
      if (moment !== 'waits for the first state') await turns.untilCount(1);
      await caughtUp(other);
      await end({ watch, abort, client });
      await other.setData('/node', '1');
      turnstile.letThrough();
      expect(await ending.catch((error) => error)).toBe(thrown);
      expect(turns.items.length).toBe(moment === 'waits for the first state' ? 0 : 1);
      await watch.ready.catch(() => {});
      if (moment === 'waits for the first state') expect(ready.value).toBeInstanceOf(Error);
      else expect(ready.value).toBeUndefined();
      expect(watch.stopped).toBe(true);
      expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
      await expectNothingLeft(client, port, chroot);
    },
  );
});

describe('loops that have ended', () => {
  it('are not retained by their client, nor are their values', async ({ client, other, port, chroot }) => {
    await other.create('/node', '0');
    const left = new LeftBehind();
    const loop = async (index: number): Promise<void> => {
      const abort = new AbortController();
      const watch = left.note(new DataWatch(client, '/node', { signal: abort.signal }));
      for await (const value of left.note(watch[Symbol.asyncIterator]())) {
        left.note(value);
        if (index % 3 === 0) break;
        if (index % 3 === 1) watch.stop();
        else abort.abort(reason);
      }
    };
    const ends = await Promise.allSettled(Array.from({ length: 90 }, (_, index) => loop(index)));
    expect(ends.filter(({ status }) => status === 'rejected')).toHaveLength(30);
    await expectNothingLeft(client, port, chroot);
    await left.untilNothing();
  });
});
