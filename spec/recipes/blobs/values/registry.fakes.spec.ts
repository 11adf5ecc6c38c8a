import { describe, expect, it, vi } from 'vitest';
import { InvalidArgumentError } from '../../../../lib/core/errors.js';
import { BlobNotFoundError, MediaTypeMismatchError } from '../../../../recipes/blobs/errors.js';
import { BlobRegistry, BlobValue } from '../../../../recipes/blobs/values/index.js';
import { collectGarbage } from '../../../../testing/collect-garbage.js';
import { eventually } from '../../../../testing/eventually.js';

const BASE = 'https://example.org/api/';

function hello(): BlobValue {
  return BlobValue.fromBytes(Buffer.from('hello'), { mediaType: 'text/plain', description: 'a greeting' });
}

describe('V5: a registry', () => {
  it('gives a value one URL, and takes it back from there', () => {
    const registry = new BlobRegistry();
    const value = hello();
    const json = registry.toJSON(value, BASE);
    const href = `${BASE}values/${registry.add(value)}`;
    expect(json).toEqual({ href, media_type: 'text/plain', description: 'a greeting' });
    expect(registry.toJSON(value, 'https://example.org/api')).toEqual(json);
    expect(registry.fromJSON(JSON.parse(JSON.stringify(json)), new URL(BASE))).toBe(value);
    expect(registry.size).toBe(1);
  });

  it('holds a value strongly for the lease, and weakly after it', async () => {
    const lease = 100;
    const registry = new BlobRegistry({ lease });
    const since = performance.now();
    const id = registry.add(hello());
    await collectGarbage();
    if (performance.now() - since < lease) expect(registry.get(id)).toBeInstanceOf(BlobValue);
    await eventually(async () => {
      await collectGarbage();
      return registry.get(id) === undefined;
    });
    expect(performance.now() - since).toBeGreaterThanOrEqual(lease - 1);
    expect(registry.size).toBe(0);
  });

  it('renews the lease whenever it hands out the URL', async () => {
    vi.useFakeTimers();
    try {
      const registry = new BlobRegistry({ lease: 1_000 });
      const id = registry.add(hello());
      for (let round = 0; round < 3; round += 1) {
        await vi.advanceTimersByTimeAsync(900);
        await collectGarbage();
        const value = registry.get(id);
        if (!value) throw new Error('the value is gone within its lease');
        registry.toJSON(value, BASE);
      }
    } finally {
      vi.useRealTimers();
    }
  });

  it('has leases as long as a timer can be', async () => {
    vi.useFakeTimers();
    try {
      const registry = new BlobRegistry({ lease: 2 ** 31 - 1 });
      const id = registry.add(hello());
      await vi.advanceTimersByTimeAsync(600_000);
      await collectGarbage();
      expect(registry.get(id)).toBeInstanceOf(BlobValue);
    } finally {
      vi.useRealTimers();
    }
  });

  it('keeps a value as long as somebody else has it', async () => {
    const registry = new BlobRegistry({ lease: 0 });
    const value = hello();
    const id = registry.add(value);
    await collectGarbage();
    expect(registry.get(id)).toBe(value);
  });

  it('is the only one that gives a local value JSON', () => {
    expect(() => JSON.stringify({ value: hello() })).toThrow(InvalidArgumentError);
    expect(() => JSON.stringify(BlobValue.fromUrl(BASE, { headers: { a: 'b' } }))).toThrow(InvalidArgumentError);
  });

  it('leaves a value at a URL there, unless the URL alone is not enough', () => {
    const registry = new BlobRegistry();
    const open = BlobValue.fromUrl('https://example.com/a.png', { mediaType: 'image/png' });
    const json = { href: 'https://example.com/a.png', media_type: 'image/png' };
    expect([registry.toJSON(open, BASE), JSON.parse(JSON.stringify(open)), registry.size]).toEqual([json, json, 0]);
    const closed = BlobValue.fromUrl('https://example.com/a.png', { headers: { authorization: 'hunter2' } });
    expect(registry.toJSON(closed, BASE).href).toBe(`${BASE}values/${registry.add(closed)}`);
  });

  it.for<[string, unknown]>([
    ['a lease that is none', { lease: '1s' }],
    ['a lease below 0', { lease: -1 }],
    ['an endless lease', { lease: Infinity }],
    ['a lease that is longer than a timer', { lease: 2 ** 31 }],
    ['an unknown option', { leases: 1 }],
  ])('refuses %s', ([, options]) => {
    expect(() => new BlobRegistry(options as never)).toThrow(InvalidArgumentError);
  });

  it('refuses whatever is no value, and a base that is no URL', () => {
    const registry = new BlobRegistry();
    expect(() => registry.add({} as never)).toThrow(InvalidArgumentError);
    expect(() => registry.toJSON('x' as never, BASE)).toThrow(InvalidArgumentError);
    expect(() => registry.toJSON(hello(), '/api/')).toThrow(InvalidArgumentError);
  });
});

describe('V6: JSON is taken', () => {
  const registry = new BlobRegistry();
  const value = hello();
  const { href } = registry.toJSON(value, BASE);

  it.for([
    'http://169.254.169.254/latest/meta-data',
    href.replace('example.org', 'example.com'),
    href.replace('https', 'http'),
    href.replace('/api/', '/'),
    href.replace('values/', 'values/../values/'),
    `${href}/`,
    `${href}?a=b`,
    href.replace('example.org', 'user@example.org'),
    href.toUpperCase(),
    `${BASE}values/`,
    `${BASE}values/not-an-id`,
    '',
    undefined,
    17,
    { toString: () => href },
  ])('not with the URL %j', (foreign) => {
    expect(() => registry.fromJSON({ href: foreign, media_type: 'text/plain' } as never, BASE)).toThrow(
      InvalidArgumentError,
    );
  });

  it('not as null, nor with an id that is not there, nor as another media type', () => {
    expect(() => registry.fromJSON(null as never, BASE)).toThrow(InvalidArgumentError);
    const other = `${BASE}values/${crypto.randomUUID()}`;
    expect(() => registry.fromJSON({ href: other, media_type: 'text/plain' }, BASE)).toThrow(BlobNotFoundError);
    expect(() => registry.fromJSON({ href, media_type: 'image/png' }, BASE)).toThrow(MediaTypeMismatchError);
    expect(registry.fromJSON({ href, media_type: 'text/*' }, BASE)).toBe(value);
  });
});
