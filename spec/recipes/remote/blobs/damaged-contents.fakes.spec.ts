import { expect, it } from 'vitest';
import { sha256Of } from '../../../../recipes/blobs/sha256.js';
import { RemoteBlobStorage } from '../../../../recipes/remote/index.js';

const WHOLE = 'the content that was written';
const WIRE = {
  ...{ id: 'a', size: WHOLE.length, media_type: 'text/plain', etag: 'e', sha256: sha256Of(Buffer.from(WHOLE)) },
  ...{ modified: new Date(0).toISOString(), position: '1', meta: {} },
};

/** A storage whose server describes the blob rightly, and sends this in place of its content. */
function storageWith(content: string): RemoteBlobStorage {
  return new RemoteBlobStorage('http://server/', {
    fetch: async (input, init) => {
      if (String(input).endsWith('?info')) return Response.json(WIRE);
      return new Response(content, { status: new Headers(init?.headers).has('range') ? 206 : 200 });
    },
  });
}

it('has the content whose length and SHA-256 are those of the description', async () => {
  await using blobs = storageWith(WHOLE);
  expect(await (await blobs.get('a'))?.readText()).toBe(WHOLE);
});

it.each([
  ['has another byte', WHOLE.replace('w', 'W')],
  ['lacks its last byte', WHOLE.slice(0, -1)],
  ['has a further byte', `${WHOLE}.`],
  ['is empty', ''],
])('rejects with BlobCorruptError where the content %s', async (_, content) => {
  await using blobs = storageWith(content);
  const file = await blobs.get('a');
  await expect(file?.readText()).rejects.toMatchObject({
    code: 'BLOB_CORRUPT',
    message: expect.stringContaining('"a"'),
  });
});

it.each([
  ['lacks its last byte', 'the'],
  ['has a further byte', 'the c'],
])('rejects with BlobCorruptError where a part of it %s', async (_, content) => {
  await using blobs = storageWith(content);
  const part = (await blobs.get('a'))?.open({ start: 0, end: 4 });
  await expect(new Response(part).text()).rejects.toMatchObject({ code: 'BLOB_CORRUPT' });
});
