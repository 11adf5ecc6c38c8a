import { describe, expect, it } from 'vitest';
import { ChildrenWatch, ClientClosedError, DataWatch, NoNodeError, type StopReason } from '../../../../index.js';
import { FakeClient } from '../../../../testing/fake-client.js';
import { outcome, turn } from '../../../../testing/passing-time.js';
import { Recorder } from '../../../../testing/recorder.js';
import { rejectionOf } from '../../../support/rejection.js';
import { loopOver, Turnstile } from './loop.js';
import { boom, expectNothingLeft, reason, type Scene, stage } from './scene.js';

describe('the end of a loop that has not begun', () => {
  it('is the reason of a signal that had aborted before the watch was made', async () => {
    const watch = new DataWatch(new FakeClient(), '/node', { signal: AbortSignal.abort(reason) });
    const { turns, end } = loopOver(watch);
    expect(await rejectionOf(end)).toBe(reason);
    expect(turns.items).toEqual([]);
    expect(await rejectionOf(watch.ready)).toBe(reason);
  });

  it('is the reason of a signal that aborted before the loop was made, even null', async () => {
    const abort = new AbortController();
    const watch = new DataWatch(new FakeClient(), '/node', { signal: abort.signal });
    abort.abort(null);
    expect(await rejectionOf(loopOver(watch).end)).toBeNull();
  });

  it('is without an error for a watch that was stopped, or whose client was closed, before', async () => {
    const client = new FakeClient();
    const watch = new ChildrenWatch(client, '/node');
    watch.stop();
    await loopOver(watch).end;
    client.become('closed');
    const closed = new DataWatch(client, '/node');
    await loopOver(closed).end;
    expect([closed.stopped, client.listenerCount, client.reads.length]).toEqual([true, 0, 0]);
    expect(await rejectionOf(closed.ready)).toBeInstanceOf(ClientClosedError);
  });

  it('leaves nothing on the client when no value is ever requested', async () => {
    const client = new FakeClient();
    const watch = new DataWatch(client, '/node');
    watch[Symbol.asyncIterator]();
    await turn();
    expect([client.listenerCount, client.reads.length]).toEqual([0, 0]);
    const ready = outcome(watch.ready);
    client.become('closed');
    await turn();
    expect(ready.value).toBeInstanceOf(ClientClosedError);
    expect(client.listenerCount).toBe(0);
  });

  it('is NoNodeError at once when another watch has found the znode missing', async () => {
    const client = new FakeClient();
    const other = new ChildrenWatch(client, '/node', () => {}, { waitForNode: true });
    await turn();
    const watch = new ChildrenWatch(client, '/node');
    expect(await rejectionOf(loopOver(watch).end)).toMatchObject({ code: 'NO_NODE', path: '/node' });
    expect(await rejectionOf(watch.ready)).toBeInstanceOf(NoNodeError);
    expect(client.listenerCount).toBe(1);
    other.stop();
    expect(client.listenerCount).toBe(0);
  });
});

describe('a loop that is left', () => {
  it.for([
    ['break', (): string => 'break'],
    ['a throw', (): Promise<never> => Promise.reject(boom)],
  ] as const)('by %s stops its watch, and ready has resolved', async ([how, body]) => {
    const client = new FakeClient();
    const watch = new DataWatch(client, '/node');
    const ready = outcome(watch.ready);
    const reasons = new Recorder<StopReason>();
    const errors = new Recorder<unknown>();
    watch.on('stop', reasons.record).on('error', errors.record);
    const { turns, end } = loopOver(watch, body);
    const ended = outcome(end);
    await turn();
    client.tree.create('/node');
    await turn();
    expect(turns.items).toHaveLength(1);
    expect(ended.value).toBe(how === 'break' ? undefined : boom);
    expect(ready.value).toBeUndefined();
    expect([reasons.items, errors.items, client.listenerCount]).toEqual([['stopped'], [], 0]);
  });

  it('by return out of a function stops its watch', async () => {
    const client = new FakeClient();
    client.tree.create('/node', 'first');
    const watch = new DataWatch(client, '/node');
    const first = async (): Promise<string> => {
      for await (const { data } of watch) return String(data);
      return 'none';
    };
    expect(await first()).toBe('first');
    expect([watch.stopped, client.listenerCount]).toEqual([true, 0]);
  });

  it('by break does not affect another watch of the path', async () => {
    const client = new FakeClient();
    client.tree.create('/node', '0');
    const other = loopOver(new DataWatch(client, '/node'));
    await loopOver(new DataWatch(client, '/node'), () => 'break').end;
    client.tree.set('/node', '1');
    await turn();
    expect(other.turns.items.map(({ data }) => String(data))).toEqual(['0', '1']);
    expect(client.listenerCount).toBe(1);
  });
});

describe('a loop whose watch ends while its body runs', () => {
  it.for([
    ['stop()', ({ watch }: Scene) => watch.stop(), undefined],
    ['an abort', ({ abort }: Scene) => abort.abort(reason), reason],
    ["the client's close", ({ client }: Scene) => client.become('closed'), undefined],
  ] as const)('by %s ends after its body, without the changes during the body', async ([, end, thrown]) => {
    const scene = stage('DataWatch');
    const turnstile = new Turnstile();
    const { turns, end: ending } = loopOver(scene.iterator, turnstile.wait);
    const ended = outcome(ending);
    await turn();
    scene.client.tree.set('/node', '1');
    await turn();
    end(scene);
    await turn();
    expect([ended.value, turns.items.length]).toEqual(['pending', 1]);
    expectNothingLeft(scene);
    turnstile.letThrough();
    await turn();
    expect([ended.value, turns.items.length]).toEqual([thrown, 1]);
  });

  it('and is left by break for that reason throws nothing', async () => {
    const scene = stage('DataWatch');
    await loopOver(scene.iterator, () => {
      scene.abort.abort(reason);
      return 'break';
    }).end;
    expectNothingLeft(scene);
  });
});
