import { describe, expect, it } from 'vitest';
import { createBlobHandler } from '../../../../lib/http/index.js';
import { HTTP } from '../../../../lib/http/limits.js';
import { BlobFile, BlobSupersededError } from '../../../../recipes/blobs/index.js';
import { FakeBlobStore } from '../../../support/fake-blob-store.js';

/** A store whose blob is replaced so often between the reading of its manifest and of its content. */
class ReplacedStore extends FakeBlobStore {
  #left: number;

  constructor(times: number) {
    super();
    this.#left = times;
    this.write('a', 1n);
  }

  override async get(id: string): Promise<BlobFile | null> {
    const file = await super.get(id);
    if (!file?.info || this.#left === 0) return file;
    this.#left -= 1;
    this.write(id, this.position + BigInt(this.calls.length));
    const source = { store: this as never, newest: async () => null };
    // biome-ignore lint/correctness/useYield: it fails before its first piece
    async function* open(): AsyncGenerator<Uint8Array> {
      throw new BlobSupersededError('it was replaced', { id });
    }
    return new BlobFile(source, id, { info: file.info, open });
  }
}

describe('H2: a blob that is replaced while it is opened', () => {
  it('is read again, and given with the etag of the bytes', async () => {
    const store = new ReplacedStore(HTTP.rereads - 1);
    const response = await createBlobHandler({ storage: store.store })(new Request('http://h/blobs/a'));
    const { etag } = (await store.info('a')) ?? {};
    expect([response.status, response.headers.get('etag')]).toEqual([200, `"${etag}"`]);
  });

  it('each time is to be asked for a little later', async () => {
    const store = new ReplacedStore(Number.POSITIVE_INFINITY);
    const response = await createBlobHandler({ storage: store.store })(new Request('http://h/blobs/a'));
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, `${HTTP.retryAfter}`]);
  });
});

describe('H1: one generation', () => {
  it.for([
    [undefined, `public, max-age=${HTTP.maxAge}, immutable`],
    [() => true, `private, max-age=${HTTP.maxAge}, immutable`],
  ] as const)('is kept by caches that others share only where everybody may read it: %s', async ([authorize, kept]) => {
    const store = new FakeBlobStore();
    const { etag } = store.write('a', 1n);
    const handler = createBlobHandler({ storage: store.store, ...(authorize && { authorize }) });
    const response = await handler(new Request(`http://h/blobs/a?generation=${etag}`));
    expect([response.status, response.headers.get('cache-control')]).toEqual([200, kept]);
  });
});

it('the content of a blob is let go of when its client leaves', async () => {
  const store = new FakeBlobStore();
  const info = store.write('a', 1n);
  let isOpen = false;
  async function* open(): AsyncGenerator<Uint8Array> {
    isOpen = true;
    try {
      for (;;) yield new Uint8Array(1);
    } finally {
      isOpen = false;
    }
  }
  store.get = async (id) => new BlobFile({ store: store.store, newest: async () => null }, id, { info, open });
  const { body } = await createBlobHandler({ storage: store.store })(new Request('http://h/blobs/a'));
  expect(isOpen).toBe(true);
  await body?.cancel();
  expect(isOpen).toBe(false);
});
