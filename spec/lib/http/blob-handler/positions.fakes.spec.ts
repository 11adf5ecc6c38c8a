import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HTTP } from '../../../../lib/http/limits.js';
import { collectGarbage } from '../../../../testing/collect-garbage.js';
import { outcome, pass } from '../../../../testing/passing-time.js';
import { ServedFakeBlobs } from '../../../support/fake-blob-store.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('H5: what a server remembers', () => {
  it('are so many deletions; a client that may have missed a further one gets a list', async () => {
    const served = new ServedFakeBlobs();
    const { store } = served;
    const kept = store.write('kept', 1n);
    const before = await served.first('prefix=');
    const ids = Array.from({ length: HTTP.history + 1 }, (_, index) => `gone-${index}`);
    const since = (position: bigint) => served.poll(`prefix=&since=${position}&cursor=${before.cursor}`);
    store.delete(ids.slice(0, -1), 2n);
    store.position = BigInt(HTTP.history + 1);
    const all = await since(1n);
    expect([all.body.reset, all.body.changes.length]).toEqual([undefined, HTTP.history]);
    store.delete(ids.slice(-1), BigInt(HTTP.history + 2));
    store.position = BigInt(HTTP.history + 2);
    const missed = await since(1n);
    expect(missed.body.reset).toBe(true);
    expect(missed.body.changes.map(({ id, blob }) => [id, blob?.etag])).toEqual([['kept', kept.etag]]);
    // The first deletion is the one that was forgotten, and this client has heard of it.
    const known = await since(2n);
    expect([known.body.reset, known.body.changes.length]).toEqual([undefined, HTTP.history]);
    expect(known.body.changes.every(({ blob }) => blob === null)).toBe(true);
  });

  it('is bounded by the number of blobs, however often they change', async () => {
    const served = new ServedFakeBlobs();
    const { store } = served;
    const before = await served.first('prefix=');
    const last = 100_000n;
    const used = (): number => {
      collectGarbage();
      return process.memoryUsage().heapUsed;
    };
    const memory = used();
    for (let position = 2n; position <= last; position += 1n) {
      store.write(`id-${position % 7n}`, position);
      store.position = position;
      if (position % 1_000n === 0n) await served.first('prefix=');
    }
    expect(used() - memory).toBeLessThan(8 << 20);
    const { body } = await served.poll(`prefix=&since=${before.position}&cursor=${before.cursor}`);
    const positions = Array.from({ length: 7 }, (_, index) => `${last - 6n + BigInt(index)}`);
    expect(body.changes.map(({ blob }) => blob?.position)).toEqual(positions);
  });

  it('is no deletion of before it began: a client that knows less gets a list, without a cursor too', async () => {
    const served = new ServedFakeBlobs();
    served.store.position = 10n;
    await served.first('prefix=');
    expect((await served.poll('prefix=&since=9')).body).toMatchObject({ reset: true, position: '10' });
    expect((await served.first('prefix=&since=10')).reset).toBeUndefined();
  });

  it('is every blob that there is, also one that came back before deletions were forgotten', async () => {
    const served = new ServedFakeBlobs();
    const { store } = served;
    store.write('a', 1n);
    await served.first('prefix=');
    store.delete(['a'], 2n);
    store.write('a', 3n);
    const ids = Array.from({ length: HTTP.history + 1 }, (_, index) => `gone-${index}`);
    store.delete(ids, 4n);
    store.position = BigInt(HTTP.history + 4);
    expect((await served.first('prefix=')).changes).toMatchObject([{ id: 'a', blob: { position: '3' } }]);
  });

  it('is no blob that was deleted while nobody asked', async () => {
    const served = new ServedFakeBlobs();
    const { store } = served;
    store.write('a', 1n);
    store.write('b', 1n);
    expect((await served.first('prefix=')).changes.length).toBe(2);
    await pass(HTTP.watchFor + 1);
    expect(store.watching).toBe(0);
    store.delete(['a'], 2n);
    store.position = 2n;
    expect((await served.first('prefix=')).changes).toMatchObject([{ id: 'b' }]);
  });

  it('is in the order in which it became known, also where a change was known late', async () => {
    const served = new ServedFakeBlobs();
    const { store } = served;
    await served.first('prefix=');
    store.write('b', 5n);
    store.write('a', 3n);
    store.position = 5n;
    const { body } = await served.poll('prefix=&since=4');
    expect(body.changes.map(({ id }) => id)).toContain('b');
  });

  it('is of another time once the ensemble was restored from a backup: its position goes back', async () => {
    const served = new ServedFakeBlobs();
    const { store } = served;
    store.position = 100n;
    const info = store.write('a', 90n);
    const before = await served.first('id=a');
    store.position = 50n;
    const waiting = served.poll(`id=a&since=100&cursor=${before.cursor}`);
    await pass(HTTP.behindFor + 1_000);
    const { body } = await waiting;
    expect(body).toMatchObject({ reset: true, position: '50', changes: [{ id: 'a', blob: { etag: info.etag } }] });
    expect(body.cursor).not.toBe(before.cursor);
    // From now on it is the same as ever.
    expect(await served.first('id=a')).toEqual(body);
  });
});

describe('H5: no answer has a state beyond its position, as the next server may not know it', () => {
  it('neither changes, which come once the position has come to them', async () => {
    const served = new ServedFakeBlobs();
    const { store } = served;
    const before = await served.first('prefix=');
    const waiting = outcome(served.poll(`prefix=&since=${before.position}&cursor=${before.cursor}`));
    store.write('a', 7n);
    store.write('b', 9n);
    store.position = 6n;
    await pass(1_000);
    expect(waiting.value).toBe('pending');
    store.position = 8n;
    await pass(HTTP.lookEvery);
    expect(waiting.value).toMatchObject({ body: { position: '8', changes: [{ id: 'a', blob: { position: '7' } }] } });
  });

  it('nor lists, whatever is written meanwhile', async () => {
    const served = new ServedFakeBlobs();
    const { store } = served;
    for (const id of ['same', 'changed', 'deleted', 'again']) store.write(id, 1n);
    await served.first('prefix=');
    // Enough for what nobody needs to be removed, once and again.
    for (let position = 2n; position < 4_000n; position += 1n) {
      store.write('changed', position);
      store.position = position - 1n;
      if (position % 100n === 0n) await served.first('id=same');
    }
    store.write('again', 4_000n);
    store.position = 4_000n;
    await served.first('id=same');
    store.write('changed', 4_001n);
    store.write('changed', 4_002n);
    store.delete(['deleted', 'again'], 4_003n);
    store.write('again', 4_005n);
    store.write('new', 4_006n);
    for (let position = 4_007n; position < 9_000n; position += 1n) store.write('later', position);
    const positions: string[] = [];
    for (let position = 4_000n; position <= 4_006n; position += 1n) {
      store.position = position;
      const { changes, ...list } = await served.first('prefix=');
      expect(list).toMatchObject({ reset: true, position: `${position}` });
      positions.push(
        changes
          .map(({ id, blob }) => `${id} ${blob?.position}`)
          .sort()
          .join(),
      );
    }
    expect(positions).toEqual([
      'again 4000,changed 3999,deleted 1,same 1',
      'again 4000,changed 4001,deleted 1,same 1',
      'again 4000,changed 4002,deleted 1,same 1',
      'again 4000,changed 4002,same 1',
      'changed 4002,same 1',
      'again 4005,changed 4002,same 1',
      'again 4005,changed 4002,new 4006,same 1',
    ]);
  });

  it('nor the first list, whose states have none before: it waits for the position', async () => {
    const served = new ServedFakeBlobs();
    const { store } = served;
    store.write('a', 5n);
    store.position = 3n;
    const waiting = outcome(served.poll('id=a'));
    await pass(500);
    expect(waiting.value).toBe('pending');
    store.position = 5n;
    await pass(HTTP.lookEvery);
    expect(waiting.value).toMatchObject({ body: { reset: true, position: '5', changes: [{ id: 'a' }] } });
  });
});

describe('H5: a position that the ensemble has not come to', () => {
  it('is waited for, as it may be that of a server that is ahead', async () => {
    const served = new ServedFakeBlobs();
    const { store } = served;
    await served.first('id=a');
    const waiting = outcome(served.poll('id=a&since=5'));
    await pass(HTTP.behindFor - 1_000);
    expect([waiting.value, store.calls.length > 10]).toEqual(['pending', true]);
    const { etag } = store.write('a', 7n);
    store.position = 7n;
    await pass(HTTP.lookEvery);
    expect(waiting.value).toMatchObject({ status: 200, body: { changes: [{ id: 'a', blob: { etag } }] } });
  });

  it('gets no list of before it, also of a client that comes from another server', async () => {
    const served = new ServedFakeBlobs();
    const { store } = served;
    store.write('a', 1n);
    await served.first('prefix=');
    const waiting = outcome(served.poll('prefix=&since=3&cursor=another'));
    await pass(HTTP.lookAgain);
    expect(waiting.value).toBe('pending');
    store.write('a', 3n);
    store.position = 3n;
    await pass(HTTP.lookAgain);
    expect(waiting.value).toMatchObject({
      body: { reset: true, position: '3', changes: [{ blob: { position: '3' } }] },
    });
  });

  it('and does not come is none of its own: clients that do not wait get the list in the end, too', async () => {
    const served = new ServedFakeBlobs();
    const { store } = served;
    await served.first('id=a');
    store.write('a', 1n);
    const statuses: number[] = [];
    for (let time = 0; time <= HTTP.behindFor; time += 2_000) {
      const answer = served.poll('id=a&since=1000&wait=0');
      await pass(2_000);
      statuses.push((await answer).status);
    }
    expect(new Set(statuses.slice(0, -1))).toEqual(new Set([503]));
    const answer = served.poll('id=a&since=1000&wait=0');
    await pass(2_000);
    expect(await answer).toMatchObject({ status: 200, body: { reset: true, position: '1', changes: [{ id: 'a' }] } });
    // Of another position nothing is known yet.
    const other = served.poll('id=a&since=1001&wait=0');
    await pass(2_000);
    expect((await other).status).toBe(503);
  });

  it('counts for nothing while the server itself is not up to date', async () => {
    const served = new ServedFakeBlobs();
    const { store } = served;
    await served.first('id=a');
    store.isFresh = false;
    for (let time = 0; time <= 2 * HTTP.behindFor; time += 2_000) {
      const answer = served.poll('id=a&since=1000&wait=0');
      await pass(2_000);
      expect((await answer).status).toBe(503);
    }
    store.isFresh = true;
    const answer = served.poll('id=a&since=1000&wait=0');
    await pass(2_000);
    expect((await answer).status).toBe(503);
  });
});
