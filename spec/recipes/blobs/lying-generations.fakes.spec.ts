import { describe, expect, it } from 'vitest';
import { BlobFile, type BlobGeneration, type BlobSource } from '../../../recipes/blobs/index.js';

/** A store whose generations do not have the bytes that they say. */
function fileOf(size: number, pieces: readonly number[]): BlobFile {
  async function* open(): AsyncGenerator<Uint8Array> {
    for (const length of pieces) yield new Uint8Array(length).fill(7);
  }
  const info = { id: 'a', size, etag: 'x' } as BlobGeneration['info'];
  return new BlobFile({} as BlobSource, 'a', { info, open });
}

describe('B2: a generation of any store', () => {
  it.for([
    ['fewer bytes', 10, [4, 5]],
    ['no bytes', 10, []],
    ['more bytes', 10, [4, 5, 2]],
    ['some bytes, of none', 0, [1]],
    ['far fewer bytes than memory has', Number.MAX_SAFE_INTEGER, [4]],
    ['far fewer bytes than an array has', 2 ** 40, [4]],
  ] as const)('with %s than it says is refused as damaged', async ([, size, pieces]) => {
    const had = pieces.reduce((sum: number, length) => sum + length, 0);
    await expect(fileOf(size, pieces).read()).rejects.toMatchObject({
      code: 'BLOB_CORRUPT',
      id: 'a',
      message: `the blob "a" is damaged: it has ${had} bytes, and says that it has ${size}`,
    });
  });

  it('is read as a whole, whatever its pieces', async () => {
    expect((await fileOf(9, [4, 0, 5]).read()).length).toBe(9);
    expect((await fileOf(0, []).read()).length).toBe(0);
  });
});
