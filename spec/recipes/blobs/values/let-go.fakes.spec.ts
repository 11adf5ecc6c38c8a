import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InvalidArgumentError } from '../../../../lib/core/errors.js';
import { BlobValue } from '../../../../recipes/blobs/values/index.js';
import { rejectionOf } from '../../../support/rejection.js';

describe('a value of a URL', () => {
  it('lets go of the answer when the file, to which it is to be saved, cannot be opened', async () => {
    let isCancelled = false;
    const body = new ReadableStream<Uint8Array>({
      cancel: () => {
        isCancelled = true;
      },
    });
    const value = BlobValue.fromUrl('https://example.org/a', { fetch: async () => new Response(body) });
    const missing = join(tmpdir(), 'zk-recipes-missing', 'saved');
    expect(await rejectionOf(value.save(missing))).toMatchObject({ code: 'BLOB_FILE_FAILED', file: missing });
    expect(isCancelled).toBe(true);
  });

  it.for([{ authorization: 'Bearer\nhunter2' }, { authorization: 'Bearer hunter2€' }, [['hunter2']]])(
    'refuses headers that are none when it is made, and does not show them',
    (headers) => {
      const make = () => BlobValue.fromUrl('https://example.org/a', { headers: headers as Record<string, string> });
      expect(make).toThrow(InvalidArgumentError);
      expect(make).not.toThrow('hunter2');
    },
  );
});
