import { mkdtemp, readdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InvalidArgumentError } from '../../../../lib/core/errors.js';
import { BlobFileError, BlobUrlError, MediaTypeMismatchError } from '../../../../recipes/blobs/errors.js';
import { BlobValue, blobType } from '../../../../recipes/blobs/values/index.js';
import { collectGarbage } from '../../../../testing/collect-garbage.js';
import { eventually } from '../../../../testing/eventually.js';
import { rejectionOf } from '../../../support/rejection.js';
import { startWebServer, type WebServer } from './web-server.js';

const CONTENT = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7 + (index >> 12) * 13) % 256));

let folder: string;
let web: WebServer;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'zk-values-')));
  web = await startWebServer();
  web.serve('/content', { body: CONTENT });
  await writeFile(join(folder, 'content'), CONTENT);
});

afterEach(async () => {
  await web.close();
  await rm(folder, { recursive: true });
});

async function temporary(): Promise<string> {
  const directory = await mkdtemp(join(folder, 'temporary-'));
  await writeFile(join(directory, 'content'), CONTENT);
  return directory;
}

const SOURCES: readonly [name: string, make: () => BlobValue | Promise<BlobValue>][] = [
  ['bytes', () => BlobValue.fromBytes(CONTENT)],
  ['a file', () => BlobValue.fromFile(join(folder, 'content'))],
  ['a temporary directory', async () => BlobValue.fromTemporaryDirectory(await temporary(), 'content')],
  ['a URL', () => BlobValue.fromUrl(`${web.url}/content`)],
  ['a web Blob', () => BlobValue.from(new Blob([CONTENT]))],
];

async function bytesOf(stream: ReadableStream<Uint8Array>): Promise<Buffer> {
  return Buffer.from(await new Response(stream).arrayBuffer());
}

async function entries(): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name !== 'content' && !name.startsWith('temporary-'));
}

describe.for(SOURCES)('V1: a value of %s', ([, make]) => {
  it('gives its content, its size, a stream and a web Blob, as often as it is asked', async () => {
    await using value = await make();
    for (let round = 0; round < 2; round += 1) {
      expect((await value.content()).equals(CONTENT)).toBe(true);
      expect((await bytesOf(await value.open())).equals(CONTENT)).toBe(true);
      expect(await value.size()).toBe(CONTENT.length);
      const blob = await value.toBlob();
      expect([blob.size, blob.type]).toEqual([CONTENT.length, 'application/octet-stream']);
    }
  });

  it('gives bytes that the caller may change', async () => {
    await using value = await make();
    (await value.content()).fill(0);
    expect((await value.content()).equals(CONTENT)).toBe(true);
  });

  it('is saved to a file, in place of the one before, and leaves nothing beside it', async () => {
    await using value = await make();
    const file = join(folder, 'saved');
    await writeFile(file, 'before');
    await value.save(file);
    expect((await readFile(file)).equals(CONTENT)).toBe(true);
    expect(await entries()).toEqual(['saved']);
  });

  it('gives streams that can be left unread, or in the middle', async () => {
    await using value = await make();
    await value.open();
    const reader = (await value.open()).getReader();
    expect((await reader.read()).value?.byteLength).toBeGreaterThan(0);
    await reader.cancel();
    expect((await bytesOf(await value.open())).equals(CONTENT)).toBe(true);
  });
});

describe('V1: saving', () => {
  it('leaves the file before in place, and nothing beside it, when the content breaks off', async () => {
    const file = join(folder, 'saved');
    await writeFile(file, 'before');
    web.serve('/broken', { body: CONTENT, breakAfter: 100_000 });
    const error = await rejectionOf(BlobValue.fromUrl(`${web.url}/broken`).save(file));
    expect(error).toBeInstanceOf(BlobUrlError);
    expect(error).toMatchObject({ retryable: true });
    expect([await readFile(file, 'utf8'), await entries()]).toEqual(['before', ['saved']]);
  });

  it('rejects with the file where it cannot be written', async () => {
    const value = BlobValue.fromBytes(CONTENT);
    const missing = join(folder, 'missing', 'saved');
    expect(await rejectionOf(value.save(missing))).toMatchObject({ code: 'BLOB_FILE_FAILED', file: missing });
    const directory = await temporary();
    expect(await rejectionOf(value.save(directory))).toBeInstanceOf(BlobFileError);
    expect(await entries()).toEqual([]);
    expect(await rejectionOf(value.save(''))).toBeInstanceOf(InvalidArgumentError);
  });

  it('never holds more than some chunks of a large answer in memory', async () => {
    web.serve('/large', { chunks: { of: Buffer.alloc(1 << 20), times: 64 } });
    let most = 0;
    const held = (): number => {
      collectGarbage();
      return process.memoryUsage().arrayBuffers;
    };
    web.onChunk = () => {
      most = Math.max(most, held());
    };
    const before = held();
    const file = join(folder, 'saved');
    await BlobValue.fromUrl(`${web.url}/large`).save(file);
    expect((await stat(file)).size).toBe(64 << 20);
    expect(most - before).toBeLessThan(16 << 20);
  });
});

describe('V1: a value of a file', () => {
  it('that is missing or is no file is refused', async () => {
    for (const path of [join(folder, 'missing'), folder])
      expect(await rejectionOf(BlobValue.fromFile(path))).toBeInstanceOf(BlobFileError);
  });

  it('has whatever the file holds when it is read', async () => {
    const value = await BlobValue.fromFile(join(folder, 'content'));
    await writeFile(join(folder, 'content'), 'later');
    expect([await value.size(), String(await value.content())]).toEqual([5, 'later']);
    await rm(join(folder, 'content'));
    for (const call of [
      () => value.size(),
      () => value.content(),
      () => value.open(),
      () => value.save(join(folder, 'saved')),
    ])
      expect(await rejectionOf(call())).toBeInstanceOf(BlobFileError);
    await writeFile(join(folder, 'content'), '');
    expect([await value.size(), String(await value.content())]).toEqual([0, '']);
  });
});

describe('V1: a value of bytes', () => {
  it('does not change with the bytes that it was made of', async () => {
    const bytes = new Uint8Array([1, 2, 3]);
    const value = BlobValue.fromBytes(bytes);
    bytes.fill(0);
    expect([...(await value.content())]).toEqual([1, 2, 3]);
  });
});

describe('V2: a value of a URL', () => {
  it('is not asked before it is used, and at each use', async () => {
    const value = BlobValue.fromUrl(`${web.url}/content`);
    expect(web.requests).toEqual([]);
    await value.content();
    await value.content();
    await value.size();
    expect(web.requests).toEqual(['GET /content', 'GET /content', 'HEAD /content']);
  });

  it.for([301, 400, 401, 404, 500, 503])('rejects with the status %i, and shows no secret', async (status) => {
    web.serve('/refused', { status });
    const url = `${web.url}/refused?token=hunter2`;
    const value = BlobValue.fromUrl(url, { headers: { authorization: 'Bearer hunter2' } });
    for (const call of [
      () => value.content(),
      () => value.open(),
      () => value.size(),
      () => value.save(join(folder, 'saved')),
    ]) {
      const error = (await rejectionOf(call())) as BlobUrlError;
      expect(error).toBeInstanceOf(BlobUrlError);
      expect([error.status, error.retryable]).toEqual([status, status >= 500]);
      expect(`${error.stack}${JSON.stringify(error)}`).not.toContain('hunter2');
    }
    expect(await entries()).toEqual([]);
  });

  it('rejects with the reason when nobody answers', async () => {
    await web.close();
    const error = await rejectionOf(BlobValue.fromUrl(`${web.url}/content?token=hunter2`).content());
    expect(error).toMatchObject({ code: 'BLOB_URL_FAILED', retryable: true });
    expect(String(error)).not.toContain('hunter2');
  });

  it('has the size null where the server does not tell it', async () => {
    web.serve('/chunked', { chunks: { of: Buffer.from('ab'), times: 2 } });
    web.serve('/no-head', { body: CONTENT, refusesHead: true });
    for (const path of ['/chunked', '/no-head']) expect(await BlobValue.fromUrl(`${web.url}${path}`).size()).toBeNull();
    expect(String(await BlobValue.fromUrl(`${web.url}/chunked`).content())).toBe('abab');
  });

  it('is asked by the given function, with the given headers', async () => {
    const seen: unknown[] = [];
    const value = BlobValue.fromUrl('https://example.org/a', {
      headers: { 'x-key': 'k' },
      fetch: async (url, init) => {
        seen.push(String(url), new Headers(init?.headers).get('x-key'));
        return new Response('hello');
      },
    });
    expect([String(await value.content()), seen]).toEqual(['hello', ['https://example.org/a', 'k']]);
  });

  it.for(['', '/a', 'ftp://example.org/a', 'file:///etc/passwd', 'data:,a', 'http://user:hunter2@example.org/'])(
    'is refused as %j',
    (url) => {
      expect(() => BlobValue.fromUrl(url)).toThrow(InvalidArgumentError);
      expect(() => BlobValue.fromUrl(url)).not.toThrow('hunter2');
    },
  );
});

describe('V3: a temporary directory', () => {
  it('is removed when its value is disposed of, which then rejects', async () => {
    const directory = await temporary();
    const value = await BlobValue.fromTemporaryDirectory(directory, 'content');
    await value[Symbol.asyncDispose]();
    await value[Symbol.asyncDispose]();
    expect(await rejectionOf(stat(directory))).toMatchObject({ code: 'ENOENT' });
    for (const call of [() => value.content(), () => value.size(), () => value.open()])
      expect(await rejectionOf(call())).toMatchObject({ code: 'BLOB_FILE_FAILED', message: /disposed of/ });
  });

  it('is removed when nobody has its value any more, and not before', async () => {
    const directory = await temporary();
    let value: BlobValue | null = await BlobValue.fromTemporaryDirectory(directory, 'content');
    await collectGarbage();
    expect((await value.content()).equals(CONTENT)).toBe(true);
    value = null;
    await eventually(async () => {
      await collectGarbage();
      return stat(directory).then(
        () => false,
        () => true,
      );
    });
  });

  it('is not taken over, and stays, when it is a place for more than the value, or has not the file', async () => {
    const directory = await temporary();
    await writeFile(join(folder, 'outside'), '');
    for (const file of ['../outside', '.', join(folder, 'outside'), '..'])
      expect(await rejectionOf(BlobValue.fromTemporaryDirectory(directory, file))).toBeInstanceOf(InvalidArgumentError);
    expect(await rejectionOf(BlobValue.fromTemporaryDirectory(directory, 'missing'))).toBeInstanceOf(BlobFileError);
    for (const place of ['/', tmpdir(), process.cwd()])
      expect(await rejectionOf(BlobValue.fromTemporaryDirectory(place, join(folder, 'content')))).toBeInstanceOf(
        InvalidArgumentError,
      );
    const png = blobType('image/png');
    const wrong = png.fromTemporaryDirectory(directory, 'content', { mediaType: 'text/plain' });
    expect(await rejectionOf(wrong)).toBeInstanceOf(MediaTypeMismatchError);
    expect(await readdir(directory)).toEqual(['content']);
  });
});

describe('V4: a class with a media type', () => {
  class Png extends BlobValue {
    static override readonly mediaType = 'image/png';
  }

  it('gives its values that type, and takes no other one, whatever the source', async () => {
    const value: Png = Png.fromBytes(CONTENT);
    expect([value.mediaType, value instanceof Png]).toEqual(['image/png', true]);
    expect(Png.fromBytes(CONTENT, { mediaType: 'IMAGE/PNG; x=1' }).mediaType).toBe('IMAGE/PNG; x=1');
    const options = { mediaType: 'image/gif' };
    expect(() => Png.fromBytes(CONTENT, options)).toThrow(MediaTypeMismatchError);
    expect(() => Png.fromUrl('http://127.0.0.1/', options)).toThrow(MediaTypeMismatchError);
    expect(() => Png.from(new Blob([CONTENT], { type: 'image/gif' }))).toThrow(MediaTypeMismatchError);
    expect(await rejectionOf(Png.fromFile(join(folder, 'content'), options))).toBeInstanceOf(MediaTypeMismatchError);
  });

  it('that is a pattern needs the type of each value', () => {
    const Image = blobType('image/*');
    expect(Image.fromBytes(CONTENT, { mediaType: 'image/gif' }).mediaType).toBe('image/gif');
    expect(() => Image.fromBytes(CONTENT)).toThrow('needs the option mediaType');
    expect(() => Image.fromBytes(CONTENT, { mediaType: 'image/*' })).toThrow(InvalidArgumentError);
    expect(() => Image.fromBytes(CONTENT, { mediaType: 'text/plain' })).toThrow(MediaTypeMismatchError);
  });

  it('refuses options and sources that are none', async () => {
    const bad = { mediatype: 'text/plain' } as never;
    expect(() => BlobValue.fromBytes(CONTENT, bad)).toThrow(InvalidArgumentError);
    expect(() => BlobValue.fromBytes('text' as never)).toThrow(InvalidArgumentError);
    expect(() => BlobValue.from({} as never)).toThrow(InvalidArgumentError);
    expect(() => BlobValue.fromBytes(CONTENT, { description: 1 } as never)).toThrow(InvalidArgumentError);
    expect(await rejectionOf(BlobValue.fromFile(1 as never))).toBeInstanceOf(InvalidArgumentError);
  });
});
