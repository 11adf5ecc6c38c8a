import { describe, expect, it } from 'vitest';
import { createBlobHandler } from '../../../../lib/http/index.js';
import { BlobChangedError, type BlobStore, type PutOptions } from '../../../../recipes/blobs/index.js';
import { FakeBlobStore } from '../../../support/fake-blob-store.js';

/** A store where another writer is faster. */
class BusyStore extends FakeBlobStore {
  #others: number;
  #generation = 1n;

  /** @param others how often */
  constructor(others: number, isThere = true) {
    super();
    this.#others = others;
    if (isThere) this.write('a', this.#generation);
  }

  override async put(id: string, _content?: unknown, options?: PutOptions) {
    await this.#check(id, options);
    return super.put(id);
  }

  override delete(...args: never[]): never {
    const [id, options] = args as unknown as [string, { ifMatch?: string }];
    return this.#check(id, options).then(() => super.delete(id)) as never;
  }

  async #check(id: string, { ifMatch, ifNoneMatch }: PutOptions = {}): Promise<void> {
    if (this.#others > 0) {
      this.#others -= 1;
      this.#generation += 1n;
      this.write(id, this.#generation);
    }
    const info = await this.info(id);
    const isRefused = (ifMatch !== undefined && info?.etag !== ifMatch) || (ifNoneMatch !== undefined && info);
    if (isRefused) throw new BlobChangedError('it has changed', { id });
  }
}

async function ask(store: BusyStore, method: string, headers: Record<string, string>): Promise<number> {
  const handler = createBlobHandler({ storage: store as unknown as BlobStore, writable: true });
  const body = method === 'PUT' ? 'x' : null;
  return (await handler(new Request('http://h/blobs/a', { method, headers, body }))).status;
}

describe('H4: beside another writer', () => {
  it('a PUT whose condition holds all the time is to be repeated, and not refused for a condition that fails', async () => {
    for (const headers of [{ 'if-match': '*' }, { 'if-none-match': '"other"' }] as Record<string, string>[])
      expect([headers, await ask(new BusyStore(1), 'PUT', headers)]).toEqual([headers, 503]);
    expect(await ask(new BusyStore(0), 'PUT', { 'if-match': '*' })).toBe(204);
  });

  it('a DELETE whose condition holds all the time deletes what is there then', async () => {
    for (const headers of [{ 'if-match': '*' }, { 'if-none-match': '"other"' }] as Record<string, string>[])
      expect([headers, await ask(new BusyStore(1), 'DELETE', headers)]).toEqual([headers, 204]);
    expect(await ask(new BusyStore(1_000), 'DELETE', { 'if-match': '*' })).toBe(503);
  });

  it('a condition that it breaks is refused', async () => {
    for (const method of ['PUT', 'DELETE'])
      expect([method, await ask(new BusyStore(1), method, { 'if-match': '"etag-1"' })]).toEqual([method, 412]);
    expect(await ask(new BusyStore(1, false), 'PUT', { 'if-none-match': '*' })).toBe(412);
  });
});
