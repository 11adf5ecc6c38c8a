import { describe, expect, vi } from 'vitest';
import type { ZooKeeperClient } from '../../../index.js';
import { BlobCorruptError, BlobStorage } from '../../../recipes/blobs/index.js';
import { BLOBS } from '../../../recipes/blobs/limits.js';
import { LostMessage } from '../../../testing/lost-message.js';
import { replaceProperty } from '../../../testing/replace-property.js';
import { expireSession } from '../../../testing/session-killer.js';
import { all, bytesOf, interrupted, storedParts, untilClean, untilUploading } from '../../support/blobs.js';
import { it, recordStates } from '../../support/fixtures.js';

const SMALL = { chunkSize: 100, inlineLimit: 10 };
const NOTHING = { generations: 0, chunks: 0, bytes: 0 };

/** Generations and chunks that a writer has left, as one that crashed. */
async function leaveGarbage(client: ZooKeeperClient, names: readonly string[]): Promise<void> {
  for (const name of names) {
    await client.create(`/blobs/c/${name}`, '', { makePath: true });
    for (const index of [0, 1]) await client.create(`/blobs/c/${name}/${index}`, bytesOf(50));
  }
}

describe('B7: collectGarbage', () => {
  it('has nothing to do where there is no storage, and in one that is in order', async ({ client }) => {
    const blobs = new BlobStorage(client, SMALL);
    expect(await blobs.collectGarbage()).toEqual(NOTHING);
    const { etag } = await blobs.put('a/b', bytesOf(300));
    await blobs.put('a', 'inline');
    expect(await blobs.collectGarbage({ grace: 0 })).toEqual(NOTHING);
    await untilClean(client, [etag]);
  });

  it('marks what no blob has, and removes it once the mark is older than grace', async ({ client, other }) => {
    const blobs = new BlobStorage(client, { ...SMALL, grace: 200 });
    const { etag } = await blobs.put('a', bytesOf(300));
    await leaveGarbage(other, ['one', 'two']);
    expect(await blobs.collectGarbage()).toEqual(NOTHING);
    const marked = await other.getData('/blobs/c/one');
    expect((await storedParts(other)).generations.length).toBe(3);
    let removed = NOTHING;
    // Another collector goes on with the marks.
    const collector = new BlobStorage(other, { ...SMALL, grace: 200 });
    // The marks may be of two ms, and one old enough when the other is not.
    while (removed.generations < 2) {
      if (await other.exists('/blobs/c/one'))
        expect((await other.getData('/blobs/c/one')).stat.mtime).toBe(marked.stat.mtime);
      const { generations, chunks, bytes } = await collector.collectGarbage();
      if (generations === 0) continue;
      const now = (await other.setData('/blobs/c', '')).mtime;
      expect(now - marked.stat.mtime).toBeGreaterThanOrEqual(200);
      removed = {
        generations: removed.generations + generations,
        chunks: removed.chunks + chunks,
        bytes: removed.bytes + bytes,
      };
    }
    expect(removed).toEqual({ generations: 2, chunks: 4, bytes: 200 });
    await untilClean(client, [etag]);
    expect(await blobs.file('a').read()).toEqual(bytesOf(300));
  });

  it('counts grace by the clock of the server, whatever that of this machine says', async ({ client }) => {
    const blobs = new BlobStorage(client, { ...SMALL, grace: 60_000 });
    await blobs.put('a', 'x');
    await leaveGarbage(client, ['one']);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 86_400_000 });
    try {
      expect(await blobs.collectGarbage()).toEqual(NOTHING);
      vi.setSystemTime(Date.now() + 10 * 86_400_000);
      expect(await blobs.collectGarbage()).toEqual(NOTHING);
      vi.setSystemTime(0);
      expect(await blobs.collectGarbage({ grace: 0 })).toEqual({ generations: 1, chunks: 2, bytes: 100 });
    } finally {
      vi.useRealTimers();
    }
  });

  it('leaves an upload alone that is slower than grace, also beside another collector', async ({ client, other }) => {
    const collector = new BlobStorage(other, { ...SMALL, grace: 0 });
    const second = new BlobStorage(client, { ...SMALL, grace: 0 });
    let goOn: () => void = () => {};
    async function* slow(): AsyncGenerator<Uint8Array> {
      for (let round = 0; round < 4; round += 1) {
        yield bytesOf(150, round);
        await new Promise<void>((resolve) => {
          goOn = resolve;
        });
      }
    }
    const put = new BlobStorage(client, SMALL).put('a', slow());
    const generation = await untilUploading(other);
    let isOver = false;
    const done = put.finally(() => {
      isOver = true;
    });
    while (!isOver) {
      const removed = [collector, second].map((each) => each.collectGarbage());
      expect(await Promise.all(removed)).toEqual([NOTHING, NOTHING]);
      goOn();
    }
    expect((await done).etag).toBe(generation);
    expect((await collector.file('a').read()).length).toBe(600);
  });

  it('removes what a writer leaves that crashes at any step, and no more', async ({
    connect,
    proxy,
    port,
    other,
    chroot,
  }) => {
    const collector = new BlobStorage(other, { ...SMALL, grace: 0 });
    const { etag } = await collector.put('kept', bytesOf(300));
    await collector.put('a', bytesOf(300));
    for (const what of ['request', 'answer'] as const) {
      for (let index = 1; ; index += 1) {
        const client = await connect({ connectString: `${proxy.connectString}${chroot}` });
        const states = recordStates(client);
        const lost = new LostMessage(proxy, index, what, () => proxy.refuse());
        const put = new BlobStorage(client, SMALL).put('a', bytesOf(250, index));
        const settled = put.then(
          () => 'written',
          () => 'rejected',
        );
        const ended = await Promise.race([settled, states.until((seen) => seen.includes('suspended'))]);
        if (lost.isLost) await expireSession(client, port);
        const closed = client.close();
        await settled;
        await proxy.pass();
        await closed;
        if (ended === 'written' && !lost.isLost) break;
        await collector.collectGarbage();
        const large = (await all(collector.list())).filter(({ size }) => size > 10).map((info) => info.etag);
        await untilCollected(collector, other, large);
        expect((await collector.file('a').read()).length).toBeGreaterThan(200);
      }
      proxy.transform(null, 'to-server');
      proxy.transform(null, 'to-client');
    }
    expect((await collector.info('kept'))?.etag).toBe(etag);
    expect(await collector.file('kept').read()).toEqual(bytesOf(300));
  });

  it('is safe beside other collectors: together they remove each chunk once', async ({ client, other }) => {
    await leaveGarbage(
      other,
      Array.from({ length: 20 }, (_, index) => `dead-${index}`),
    );
    const collectors = [client, other, client].map((each) => new BlobStorage(each, { ...SMALL, grace: 0 }));
    const writer = new BlobStorage(other, { ...SMALL, grace: 0 });
    const written = Array.from({ length: 10 }, (_, index) => writer.put(`blob-${index}`, bytesOf(250, index)));
    const removed = await Promise.all(collectors.map((collector) => collector.collectGarbage()));
    await Promise.all(written);
    removed.push(...(await Promise.all(collectors.map((collector) => collector.collectGarbage()))));
    const sum = (key: 'generations' | 'chunks' | 'bytes'): number =>
      removed.reduce((total, each) => total + each[key], 0);
    expect([sum('generations'), sum('chunks'), sum('bytes')]).toEqual([20, 40, 2_000]);
    for (let index = 0; index < 10; index += 1)
      expect(await writer.file(`blob-${index}`).read()).toEqual(bytesOf(250, index));
  });

  it('counts a chunk that another collector was faster to remove with that one alone', async ({ client, other }) => {
    await leaveGarbage(other, ['one']);
    const faster = new BlobStorage(client, { ...SMALL, grace: 0 });
    let collecting: ReturnType<BlobStorage['collectGarbage']> | undefined;
    const slow = interrupted(other, (operation) => {
      if (operation !== 'delete') return undefined;
      collecting ??= faster.collectGarbage();
      return collecting;
    });
    expect(await new BlobStorage(slow, { ...SMALL, grace: 0 }).collectGarbage()).toEqual(NOTHING);
    expect(await collecting).toEqual({ generations: 1, chunks: 2, bytes: 100 });
  });

  it('does not take for garbage what the commit of an upload has just made a blob', async ({ client, other }) => {
    const collector = new BlobStorage(other, { ...SMALL, grace: 0 });
    const writer = new BlobStorage(client, { ...SMALL, grace: 60_000 });
    let isOver = false;
    const collecting = (async () => {
      while (!isOver) await collector.collectGarbage();
    })();
    for (let round = 0; round < 30; round += 1) {
      await writer.put('a/b', bytesOf(250, round));
      expect(await writer.file('a/b').read()).toEqual(bytesOf(250, round));
    }
    isOver = true;
    await collecting;
  });

  it('keeps the receipt of a transaction whose writer may still ask for it, whatever grace', async ({ client }) => {
    const blobs = new BlobStorage(client, SMALL);
    await blobs.put('a', 'x');
    await untilClean(client);
    await client.create('/blobs/r/asked-for', '');
    await blobs.collectGarbage({ grace: 0 });
    expect(await client.exists('/blobs/r/asked-for')).not.toBeNull();
    const restore = replaceProperty(BLOBS, 'receiptsFor', 0);
    await blobs.collectGarbage({ grace: 0 });
    restore();
    await untilClean(client);
  });

  it.for(['a put', 'the beginning of an upload', 'the commit of an upload'] as const)(
    'does not take %s for garbage that comes between any two of its requests',
    async (what, { client, other }) => {
      const writer = new BlobStorage(client, { ...SMALL, grace: 60_000 });
      let isLast = false;
      for (let index = 0; !isLast; index += 1) {
        const bytes = bytesOf(250, index);
        let goOn: () => void = () => {};
        const ended = new Promise<void>((resolve) => {
          goOn = resolve;
        });
        async function* content(): AsyncGenerator<Uint8Array> {
          yield bytes;
          if (what !== 'a put') await ended;
        }
        const begin = () => writer.put('a/b', content());
        let upload = what === 'the commit of an upload' ? begin() : undefined;
        if (upload) await untilUploading(client);
        const interfere = async () => {
          const isBeginning = what === 'the beginning of an upload';
          if (!isBeginning) goOn();
          upload ??= begin();
          await (isBeginning ? untilUploading(client) : upload);
        };
        let requests = 0;
        const collecting = interrupted(other, () => (requests++ === index ? interfere() : undefined));
        await new BlobStorage(collecting, { ...SMALL, grace: 0 }).collectGarbage();
        isLast = requests <= index;
        if (isLast) await interfere();
        goOn();
        await upload;
        expect(await writer.file('a/b').read(), `before request ${index}`).toEqual(bytes);
        if (isLast) expect(index).toBeGreaterThan(3);
      }
    },
  );

  it('removes nothing while a manifest is damaged: it may be the only one that knows its chunks', async ({
    client,
  }) => {
    const blobs = new BlobStorage(client, { ...SMALL, grace: 0 });
    const { etag } = await blobs.put('a/b', bytesOf(300));
    await client.setData('/blobs/m/a/b', 'damaged');
    await expect(blobs.collectGarbage()).rejects.toThrow(BlobCorruptError);
    await expect(blobs.collectGarbage()).rejects.toMatchObject({ id: 'a/b' });
    expect((await storedParts(client)).generations).toEqual([etag]);
    await blobs.delete('a/b');
    expect(await blobs.collectGarbage()).toMatchObject({ generations: 1, chunks: 3 });
  });
});

/** Two collections are needed when the writer has ended during the first. */
async function untilCollected(collector: BlobStorage, client: ZooKeeperClient, kept: readonly string[]): Promise<void> {
  await collector.collectGarbage();
  const { generations, markers } = await storedParts(client);
  expect(markers).toEqual([]);
  expect(generations).toEqual([...kept].sort());
}
