import { beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeSwift, type FakeSwiftRequest } from '../../../../testing/fake-swift.js';
import { news, pollFake } from './swift-fixture.js';

let swift: FakeSwift;

beforeEach(() => {
  swift = new FakeSwift();
});

const isPage = ({ method, url }: FakeSwiftRequest, marker: string): boolean =>
  method === 'GET' && (url.searchParams.get('marker') ?? '') === marker;

/** Answers once in place of the fake. */
function answerOnce(isMeant: (request: FakeSwiftRequest) => boolean, answer: () => Response): void {
  swift.answer = (request) => {
    if (!isMeant(request)) return null;
    swift.answer = () => null;
    return answer();
  };
}

describe('a call that rejects', () => {
  const fail = () => new Response('secret', { status: 503 });

  it('has moved nothing: page 3 of 5 fails, and the next call reports everything', async () => {
    for (const name of ['a', 'b', 'g', 'h']) swift.put(name);
    swift.pageSize = 2;
    const poller = await pollFake(swift);
    const before = poller.checkpoint();
    for (const name of ['c', 'd', 'e', 'f', 'i']) swift.put(name);
    swift.put('b', 'changed');
    swift.delete('h');
    answerOnce((request) => isPage(request, 'd'), fail);
    const failure = await poller.getNewEvents().catch((error) => error);
    expect(failure).toMatchObject({ code: 'POLL_FAILED', retryable: true, cause: { status: 503 } });
    expect(failure.message).toContain('page 3 of the listing of "photos" was answered with 503');
    expect(poller.checkpoint()).toEqual(before);
    const expected = ['deleted h', 'modified b', ...['c', 'd', 'e', 'f', 'i'].map((name) => `created ${name}`)];
    expect((await news(poller)).sort()).toEqual(expected.sort());
    expect(await news(poller)).toEqual([]);
  });

  it('has moved nothing when a HEAD fails, and lets the other requests go', async () => {
    swift.put('known');
    const poller = await pollFake(swift);
    swift.delete('known');
    const names = Array.from({ length: 400 }, (_, index) => `object-${String(index).padStart(3, '0')}`);
    for (const name of names) swift.put(name);
    answerOnce(({ url }) => url.pathname.endsWith('/object-020'), fail);
    await expect(poller.getNewEvents()).rejects.toThrow('the HEAD of "object-020" was answered with 503');
    expect(await news(poller)).toEqual(['deleted known', ...names.map((name) => `created ${name}`)]);
    // Of the first call, those until the failure; of the second, all.
    expect(swift.count('head')).toBeLessThan(401 + 200);
  });

  it('says that a container is not there: that is not an empty one', async () => {
    swift.put('x');
    const poller = await pollFake(swift);
    swift.isThere = false;
    const failure = await poller.getNewEvents().catch((error) => error);
    expect(failure.message).toContain('was answered with 404: there is no such container');
    swift.isThere = true;
    expect(await news(poller)).toEqual([]);
    swift.isThere = false;
    await expect(pollFake(swift)).rejects.toThrow('the container "photos" is not there (404): create it first');
    await expect(pollFake(swift, { since: poller.checkpoint() })).rejects.toThrow('create it first');
  });

  it('says that the user may not read', async () => {
    const poller = await pollFake(swift);
    answerOnce(
      (request) => isPage(request, ''),
      () => new Response(null, { status: 403 }),
    );
    await expect(poller.getNewEvents()).rejects.toThrow('was answered with 403: the user may not read it');
  });

  it.each([
    ['<html>', 'is no list of objects'],
    ['{}', 'is no list of objects'],
    ['[null]', 'is no list of objects'],
    ['[{"name":""}]', 'is no list of objects'],
    [String.raw`[{"name":"\ud800"}]`, 'is no list of objects'],
    ['[{"name":"x","bytes":1,"hash":"h","last_modified":"soon"}]', 'has an object without its properties'],
    [
      '[{"name":"x","bytes":-0.5,"hash":"h","last_modified":"2030-01-01T00:00:00"}]',
      'an object without its properties',
    ],
    ['[{"name":"x"}]', 'has an object without its properties'],
  ])('does not believe a page that is %s', async (text, reason) => {
    const poller = await pollFake(swift);
    answerOnce(
      (request) => isPage(request, ''),
      () => new Response(text),
    );
    await expect(poller.getNewEvents()).rejects.toThrow(reason);
  });

  it('does not go round in a listing that begins again', async () => {
    for (const name of ['a', 'b']) swift.put(name);
    swift.pageSize = 2;
    const poller = await pollFake(swift);
    swift.answer = (request) => {
      if (request.method !== 'GET') return null;
      request.url.searchParams.delete('marker');
      return swift.respond(request);
    };
    await expect(poller.getNewEvents()).rejects.toThrow(
      'page 2 of the listing of "photos" does not go on from the page',
    );
  });

  it('was aborted, and rejects with the reason though `fetch` never answers', async () => {
    const poller = await pollFake(swift);
    swift.put('x');
    const control = new AbortController();
    const reason = new Error('enough');
    swift.answer = () => {
      queueMicrotask(() => control.abort(reason));
      return new Promise(() => {});
    };
    await expect(poller.getNewEvents({ signal: control.signal })).rejects.toBe(reason);
    swift.answer = () => null;
    expect(await news(poller)).toEqual(['created x']);
  });

  it.each<[string, () => Promise<Response>, boolean]>([
    ['no answer', () => Promise.reject(new TypeError('fetch failed')), true],
    ['a body that breaks off', async () => new Response(new ReadableStream({ pull: (c) => c.error('reset') })), true],
    ['408', async () => new Response(null, { status: 408 }), true],
    ['429', async () => new Response(null, { status: 429 }), true],
    ['500', async () => new Response(null, { status: 500 }), true],
    ['403', async () => new Response(null, { status: 403 }), false],
    ['412', async () => new Response(null, { status: 412 }), false],
  ])('says of %s whether another call may succeed', async (_, answer, retryable) => {
    const poller = await pollFake(swift);
    swift.answer = answer;
    await expect(poller.getNewEvents()).rejects.toMatchObject({ code: 'POLL_FAILED', retryable });
  });

  it('is not one whose token is refused once, in an answer that is no text', async () => {
    const poller = await pollFake(swift);
    swift.put('x');
    answerOnce(
      (request) => isPage(request, ''),
      () => new Response(new Uint8Array([0xff]), { status: 401 }),
    );
    expect(await news(poller)).toEqual(['created x']);
  });

  it('leaves no timer behind, nor does one that succeeds', async () => {
    vi.useFakeTimers();
    try {
      const poller = await pollFake(swift);
      swift.put('x');
      await news(poller);
      answerOnce((request) => isPage(request, ''), fail);
      await expect(poller.getNewEvents()).rejects.toThrow('503');
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});
