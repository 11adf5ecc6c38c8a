import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ChildrenWatch, ClientClosedError, NoAuthError, NoNodeError, PatientChildrenWatch } from '../../../index.js';
import { FakeClient } from '../../../testing/fake-client.js';
import { outcome, pass } from '../../../testing/passing-time.js';
import { withVirtualClock } from '../../../testing/virtual-clock.js';

const BOUNDARY = 500;

/** A client whose watches outlive its connections, so that a reconnection needs no read. */
class FaithfulClient extends FakeClient {
  readonly epoch = 0;
}

function makeWatch(client = new FakeClient()): { client: FakeClient; watch: PatientChildrenWatch } {
  client.tree.create('/node');
  client.tree.create('/node/b');
  client.tree.create('/node/a');
  return { client, watch: new PatientChildrenWatch(client, '/node', { timeBoundary: BOUNDARY }) };
}

const changedEvent = { type: 'NodeChildrenChanged', path: '/node' };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('on a minimal client: PatientChildrenWatch settles', () => {
  it('when the children have not changed for the time boundary, and no sooner', async () => {
    const { client, watch } = makeWatch();
    const start = outcome(watch.start());
    await pass(BOUNDARY - 1);
    client.tree.create('/node/c');
    await pass(BOUNDARY - 1);
    client.tree.replace('/node/c');
    await pass(BOUNDARY - 1);
    expect(start.value).toBe('pending');
    await pass(1);
    expect(start.value).toEqual({ children: ['a', 'b', 'c'], changed: expect.any(Promise) });
  });

  it('after 30 seconds by default', async () => {
    const { client } = makeWatch();
    const start = outcome(new PatientChildrenWatch(client, '/node').start());
    await pass(29_999);
    expect(start.value).toBe('pending');
    await pass(1);
    expect(start.value).toMatchObject({ children: ['a', 'b'] });
  });

  it('not on a late reply when a change was reported in the meantime', async () => {
    const { client, watch } = makeWatch();
    const start = outcome(watch.start());
    await pass(10);
    const release = client.hold();
    client.become('suspended');
    client.become('connected');
    await pass(BOUNDARY - 20);
    client.tree.create('/node/c');
    await pass(BOUNDARY / 2);
    release();
    await pass(BOUNDARY - 1);
    expect(start.value).toBe('pending');
    await pass(BOUNDARY);
    expect(start.value).toMatchObject({ children: ['a', 'b', 'c'] });
  });

  it('all waits of one path with one further read, when they became due during a read', async () => {
    const { client, watch } = makeWatch();
    const starts = [outcome(watch.start())];
    await pass(10);
    for (let count = 0; count < 2; count += 1) {
      starts.push(outcome(new PatientChildrenWatch(client, '/node', { timeBoundary: BOUNDARY }).start()));
    }
    await pass(10);
    const release = client.hold();
    client.become('suspended');
    client.become('connected');
    await pass(BOUNDARY);
    expect(starts.map(({ value }) => value)).toEqual(['pending', 'pending', 'pending']);
    const reads = client.reads.length;
    // Bounded: endless reads would keep the test from ending.
    client.readError = () => (client.reads.length > reads + 10 ? new NoAuthError('enough') : undefined);
    release();
    await pass(0);
    for (const start of starts) expect(start.value).toMatchObject({ children: ['a', 'b'] });
    expect(client.reads.length).toBe(reads + 1);
  });

  it('after a disconnection at the same time as without, when the children stayed the same', async () => {
    const { client, watch } = makeWatch();
    const start = outcome(watch.start());
    await pass(BOUNDARY - 100);
    client.become('suspended');
    await pass(50);
    client.become('connected');
    await pass(50);
    expect(start.value).toMatchObject({ children: ['a', 'b'] });
  });

  it('only once reconnected, with the current children', async () => {
    for (const made of [new FakeClient(), new FaithfulClient()]) {
      const { client, watch } = makeWatch(made);
      const start = outcome(watch.start());
      await pass(BOUNDARY - 100);
      client.become('suspended');
      await pass(50_000);
      client.become('lost');
      await pass(50_000);
      expect(start.value).toBe('pending');
      client.become('connected');
      await pass(0);
      expect(start.value).toMatchObject({ children: ['a', 'b'] });
    }
  });

  it('once a quorum is back, and does not read on and on until then', async () => {
    for (const made of [new FakeClient(), new FaithfulClient()]) {
      const { client, watch } = makeWatch(made);
      const start = outcome(watch.start());
      for (const state of ['suspended', 'read-only'] as const) client.become(state);
      // Bounded: endless reads would keep the test from ending.
      client.readError = () => (client.reads.length > 10 ? new NoAuthError('enough') : undefined);
      await pass(10 * BOUNDARY);
      expect([start.value, client.reads.length]).toEqual(['pending', 3]);
      client.become('connected');
      await pass(0);
      expect(start.value).toMatchObject({ children: ['a', 'b'] });
    }
  });

  it('later when the children changed during a disconnection', async () => {
    const { client, watch } = makeWatch();
    const start = outcome(watch.start());
    await pass(BOUNDARY - 100);
    client.become('suspended');
    client.tree.create('/node/c');
    await pass(100_000);
    client.become('connected');
    await pass(BOUNDARY - 1);
    expect(start.value).toBe('pending');
    await pass(1);
    expect(start.value).toMatchObject({ children: ['a', 'b', 'c'] });
  });

  it('never while an event has not been read', async () => {
    const { client, watch } = makeWatch();
    const start = outcome(watch.start());
    await pass(BOUNDARY - 10);
    const release = client.hold();
    client.tree.create('/node/c');
    await pass(1_000);
    expect(start.value).toBe('pending');
    release();
    await pass(BOUNDARY - 1);
    expect(start.value).toBe('pending');
    await pass(1);
    expect(start.value).toMatchObject({ children: ['a', 'b', 'c'] });
  });
});

describe('on a minimal client: PatientChildrenWatch, start()', () => {
  it('returns the same promise during a wait, and starts a new wait after it has settled', async () => {
    const { client, watch } = makeWatch();
    const first = watch.start();
    await pass(100);
    expect(watch.start()).toBe(first);
    await pass(BOUNDARY - 100);
    const { changed } = await first;
    const second = watch.start();
    expect(second).not.toBe(first);
    await pass(BOUNDARY - 1);
    client.tree.create('/node/c');
    expect(await changed).toEqual(changedEvent);
    await pass(BOUNDARY);
    expect((await second).children).toEqual(['a', 'b', 'c']);
  });

  it('gives each caller an array of its own', async () => {
    const { watch } = makeWatch();
    const first = watch.start();
    await pass(BOUNDARY);
    (await first).children.push('spoilt');
    const second = watch.start();
    await pass(BOUNDARY);
    expect((await second).children).toEqual(['a', 'b']);
  });

  it('rejects when the node is missing or is deleted, and can be called again', async () => {
    const { client, watch } = makeWatch();
    const missing = outcome(new PatientChildrenWatch(client, '/missing').start());
    const start = outcome(watch.start());
    await pass(BOUNDARY - 1);
    for (const path of ['/node/a', '/node/b', '/node']) client.tree.delete(path);
    await pass(0);
    expect(missing.value).toBeInstanceOf(NoNodeError);
    expect(start.value).toBeInstanceOf(NoNodeError);
    expect([client.listenerCount, vi.getTimerCount()]).toEqual([0, 0]);

    client.tree.create('/node');
    const again = watch.start();
    await pass(BOUNDARY);
    expect((await again).children).toEqual([]);
  });

  it('rejects without permission to read, also beside a watch that has read the node before', async () => {
    const { client, watch } = makeWatch();
    client.readError = (operation) => (operation === 'getChildren' ? new NoAuthError('NO_AUTH') : undefined);
    const alone = outcome(watch.start());
    await pass(0);
    expect(alone.value).toBeInstanceOf(NoAuthError);
    new ChildrenWatch(client, '/node', () => {}).on('error', () => {});
    await pass(60_000);
    const beside = outcome(watch.start());
    await pass(60_000);
    expect(beside.value).toBeInstanceOf(NoAuthError);
  });

  it("rejects with a signal's reason, and releases everything", async () => {
    const { client, watch } = makeWatch();
    const reason = new Error('no more');
    const aborters = [new AbortController(), new AbortController()];
    const starts = aborters.map(({ signal }) => outcome(watch.start({ signal })));
    await pass(100);
    aborters[1]?.abort(reason);
    await pass(0);
    expect(starts.map(({ value }) => value)).toEqual([reason, reason]);
    expect(aborters.flatMap(({ signal }) => getEventListeners(signal, 'abort'))).toEqual([]);
    expect([client.listenerCount, vi.getTimerCount()]).toEqual([0, 0]);
  });

  it('sends no request for an aborted signal, and does not disturb a wait', async () => {
    const { client, watch } = makeWatch();
    const reason = new Error('no more');
    const aborted = { signal: AbortSignal.abort(reason) };
    await expect(watch.start(aborted)).rejects.toBe(reason);
    expect([client.reads, client.listenerCount]).toEqual([[], 0]);
    const start = outcome(watch.start());
    await expect(watch.start(aborted)).rejects.toBe(reason);
    await pass(BOUNDARY);
    expect(start.value).toMatchObject({ children: ['a', 'b'] });
  });

  it('rejects when the client is closed, before or during the wait', async () => {
    const { client, watch } = makeWatch();
    const start = outcome(watch.start());
    await pass(100);
    client.become('closed');
    await pass(0);
    expect(start.value).toBeInstanceOf(ClientClosedError);
    await expect(watch.start()).rejects.toThrow(ClientClosedError);
    expect([client.listenerCount, vi.getTimerCount()]).toEqual([0, 0]);
  });
});

describe('on a minimal client whose event loop stands still: PatientChildrenWatch settles', () => {
  beforeEach(() => {
    vi.useRealTimers();
  });

  it.each([0, BOUNDARY / 2, BOUNDARY - 1])(
    'with a change that lies in the socket, and a boundary later, when it is blocked after %d ms',
    async (before) => {
      await withVirtualClock(1, async (clock) => {
        const { client, watch } = makeWatch();
        const start = outcome(watch.start());
        await clock.pass(before);
        clock.atClient(2 * BOUNDARY, () => client.tree.create('/node/c'));
        clock.block(10 * BOUNDARY);
        await clock.pass(10 * BOUNDARY);
        expect(start.value).toBe('pending');
        await clock.pass(BOUNDARY - 1);
        expect(start.value).toBe('pending');
        await clock.pass(10);
        expect(start.value).toMatchObject({ children: ['a', 'b', 'c'] });
      });
    },
  );

  it.each(['timer', 'io', 'immediate'] as const)(
    'with each change, in a loop that is busy in pieces, entered by a %s',
    async (entered) => {
      await withVirtualClock(1, async (clock) => {
        const { client, watch } = makeWatch();
        const start = outcome(watch.start());
        clock.beBusy(BOUNDARY * 0.9, entered);
        for (const name of ['c', 'd', 'e']) {
          clock.atClient(BOUNDARY / 2, () => client.tree.create(`/node/${name}`));
          await clock.pass(BOUNDARY * 1.8);
          expect(start.value).toBe('pending');
        }
        await clock.pass(50 * BOUNDARY);
        expect(start.value).toMatchObject({ children: ['a', 'b', 'c', 'd', 'e'] });
      });
    },
  );
});
