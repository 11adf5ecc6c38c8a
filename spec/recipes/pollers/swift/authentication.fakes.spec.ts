import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AuthFailedError } from '../../../../lib/core/errors.js';
import { PollerError } from '../../../../recipes/pollers/errors.js';
import { FAKE_URLS, FakeSwift } from '../../../../testing/fake-swift.js';
import { news, pollFake } from './swift-fixture.js';

let swift: FakeSwift;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'Date'] });
  swift = new FakeSwift();
});

afterEach(() => vi.useRealTimers());

const VERSIONS = [1, 2, 3] as const;

/** Moves the clock. */
const pass = (ms: number): unknown => vi.advanceTimersByTime(ms);

describe.each(VERSIONS)('authentication by version %d', (version) => {
  it('asks once for the token of many calls', async () => {
    const poller = await pollFake(swift, {}, FAKE_URLS[version]);
    swift.put('x');
    expect(await news(poller)).toEqual(['created x']);
    expect(await news(poller)).toEqual([]);
    expect(swift.count('auth')).toBe(1);
  });

  it('renews a token 60 s before it expires', async () => {
    swift.tokenLife = 1_000;
    const poller = await pollFake(swift, {}, FAKE_URLS[version]);
    pass(939_000);
    await news(poller);
    expect(swift.count('auth')).toBe(1);
    pass(1_500);
    await news(poller);
    expect(swift.count('auth')).toBe(2);
  });

  it('uses a token that lives for less than 60 s for half of its life', async () => {
    swift.tokenLife = 20;
    const poller = await pollFake(swift, {}, FAKE_URLS[version]);
    pass(9_000);
    await news(poller);
    expect(swift.count('auth')).toBe(1);
    pass(1_500);
    await news(poller);
    expect(swift.count('auth')).toBe(2);
  });

  it('rejects with an AuthFailedError as the cause when the user is refused, and asks once', async () => {
    const url = FAKE_URLS[version].replace('secret-password', 'wrong-secret');
    const failure = await pollFake(swift, {}, url).catch((error) => error);
    expect(failure).toBeInstanceOf(PollerError);
    expect(failure.cause).toBeInstanceOf(AuthFailedError);
    expect(failure).toMatchObject({ code: 'POLL_FAILED', retryable: false });
    expect(failure.message).toMatch(/answered 401 to the user: check user, project and password/);
    expect(swift.count('auth')).toBe(1);
  });
});

describe('a token that the store refuses', () => {
  it('is replaced once, in the middle of a listing, and the call goes on', async () => {
    swift.pageSize = 2;
    const poller = await pollFake(swift);
    for (const name of ['a', 'b', 'c', 'd', 'e']) swift.put(name);
    swift.answer = ({ method, url }) => {
      if (method === 'GET' && url.searchParams.get('marker') === 'b' && swift.count('auth') === 1) swift.tokens.clear();
      return null;
    };
    expect(await news(poller)).toEqual(['a', 'b', 'c', 'd', 'e'].map((name) => `created ${name}`));
    expect(swift.count('auth')).toBe(2);
  });

  it('is replaced once for all objects that are asked for at the same time', async () => {
    const poller = await pollFake(swift);
    const names = Array.from({ length: 50 }, (_, index) => `object-${String(index).padStart(2, '0')}`);
    for (const name of names) swift.put(name);
    swift.answer = ({ method }) => {
      if (method === 'HEAD' && swift.count('head') === 5) swift.tokens.clear();
      return null;
    };
    expect(await news(poller)).toEqual(names.map((name) => `created ${name}`));
    expect(swift.count('auth')).toBe(2);
  });

  it('ends a call when the new one is refused too; the next call may authenticate again', async () => {
    const poller = await pollFake(swift);
    swift.put('x');
    let areRefused = true;
    swift.answer = ({ method }) => (method === 'GET' && areRefused ? new Response(null, { status: 401 }) : null);
    const failure = await poller.getNewEvents().catch((error) => error);
    expect(failure.message).toContain('gave a token that the object store refuses (401)');
    expect(failure.cause).toBeInstanceOf(AuthFailedError);
    expect([swift.count('auth'), swift.count('list')]).toEqual([2, 3]);
    areRefused = false;
    expect(await news(poller)).toEqual(['created x']);
  });

  it('ends a call also when many objects are asked for with it', async () => {
    const poller = await pollFake(swift);
    for (let index = 0; index < 50; index += 1) swift.put(`${index}`);
    swift.answer = ({ url }) => (/photos\/./.test(url.pathname) ? new Response(null, { status: 401 }) : null);
    await expect(poller.getNewEvents()).rejects.toThrow('refuses (401)');
    expect(swift.count('auth')).toBe(2);
  });
});

describe('the answer of a service of tokens', () => {
  it('lets a token of no stated life serve until it is refused', async () => {
    swift.tokenLife = Number.NaN;
    const poller = await pollFake(swift, {}, FAKE_URLS[1]);
    pass(2 ** 40);
    await news(poller);
    expect(swift.count('auth')).toBe(1);
  });

  it('is believed about the life of a token by its own clock', async () => {
    swift.tokenLife = 1_000;
    swift.answer = (request) => {
      const [now, answer] = [Date.now(), swift.respond(request)];
      // The service is a day behind.
      vi.setSystemTime(now - 86_400_000);
      const late = request.url.pathname === '/v3/auth/tokens' ? swift.respond(request) : answer;
      vi.setSystemTime(now);
      return late;
    };
    const poller = await pollFake(swift);
    await news(poller);
    expect(swift.count('auth')).toBe(1);
  });

  it('gives the object store of the region that the url names', async () => {
    const url = `${FAKE_URLS[3]}&region=two`;
    await expect(pollFake(swift, {}, url)).rejects.toThrow('named no object store in the region "two"');
    await pollFake(swift, {}, `${FAKE_URLS[3]}&region=one`);
  });

  it('names the domain of user and project, which is the default one without `domain`', async () => {
    await pollFake(swift);
    await pollFake(swift, {}, `${FAKE_URLS[3]}&domain=sch%C3%BCler`);
    const bodies = swift.requests.items.filter(({ body }) => body !== '').map(({ body }) => JSON.parse(body).auth);
    const domains = bodies.map(({ identity, scope }) => [identity.password.user.domain, scope.project.domain]);
    expect(domains).toEqual([
      [{ id: 'default' }, { id: 'default' }],
      [{ name: 'schüler' }, { name: 'schüler' }],
    ]);
  });

  it('sends user and password of version 1 as UTF-8', async () => {
    const [user, project, password] = ['jörg', 'prüfung', 'pässword'].map(encodeURIComponent);
    await pollFake(swift, {}, `swift://${user}+${project}:${password}@h/auth/v1.0?c`).catch(() => {});
    const [request] = swift.requests.items;
    const inBytes = (name: string): string => Buffer.from(request?.headers.get(name) ?? '', 'latin1').toString();
    expect([inBytes('x-auth-user'), inBytes('x-auth-key')]).toEqual(['prüfung:jörg', 'pässword']);
  });

  it.each([
    ['plain HTTP for a swifts: URL', 'http://swift.example/v1/AUTH_demo', 'plain HTTP, over which the token would go'],
    ['credentials in the URL of the store', 'https://u:p@swift.example/v1/AUTH_demo', 'that cannot be used'],
    ['another scheme', 'ftp://swift.example/v1/AUTH_demo', 'that cannot be used'],
    ['no URL', 'here', 'named no object store'],
  ])('is refused with %s', async (_, storageUrl, reason) => {
    swift.storageUrl = storageUrl;
    const failure = pollFake(swift, {}, FAKE_URLS[3].replace('swift:', 'swifts:'));
    await expect(failure).rejects.toThrow(reason);
    expect(swift.requests.items).toHaveLength(1);
  });

  it('is no redirection: it is not followed, as it would take the password along', async () => {
    swift.answer = () => new Response(null, { status: 302, headers: { location: 'http://elsewhere.example/' } });
    for (const version of VERSIONS) {
      await expect(pollFake(swift, {}, FAKE_URLS[version])).rejects.toThrow(
        'was redirected (302), which is not followed',
      );
    }
    expect(swift.requests.items).toHaveLength(3);
  });

  it.each([
    [404, 'was answered with 404: is there version 3 at this path?', false],
    [503, 'was answered with 503', true],
  ])('of %d says what it may be, and whether to try again', async (status, reason, retryable) => {
    swift.answer = () => new Response('secret', { status });
    const failure = await pollFake(swift).catch((error) => error);
    expect(failure.message).toContain(reason);
    expect(failure).toMatchObject({ retryable, cause: { status } });
  });

  it.each(['', 'null', '[]', '{"token":{}}', '<html>'])('of %s without a token is refused', async (text) => {
    swift.answer = () => new Response(text, { status: 201 });
    await expect(pollFake(swift)).rejects.toThrow('gave no token: is it of version 3?');
  });

  it('has at most 4 MiB', async () => {
    let pulled = 0;
    const body = new ReadableStream({
      pull(controller) {
        pulled += 1;
        controller.enqueue(new Uint8Array(1024 * 1024));
      },
    });
    swift.answer = () => new Response(body, { status: 201 });
    await expect(pollFake(swift)).rejects.toThrow('more than 4194304 bytes');
    expect(pulled).toBeLessThan(8);
  });
});
