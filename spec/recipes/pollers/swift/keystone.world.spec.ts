import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../../../testing/free-port.js';
import { KEYSTONE_USER, KeystoneServer, LONG_LIFE } from '../../../../testing/keystone-server.js';
import { Recorder } from '../../../../testing/recorder.js';
import { SwiftAccount } from '../../../../testing/swift-account.js';
import { SwiftServer } from '../../../../testing/swift-server.js';
import { news, pollUrl, toText } from './swift-fixture.js';

/** Of tokens, in seconds. */
const LIFE = 4;

let keystone: KeystoneServer;
let swift: SwiftServer;
let account: SwiftAccount;

beforeAll(async () => {
  const port = await freePort();
  const store = `http://127.0.0.1:${port}`;
  keystone = await KeystoneServer.start(LIFE, { RegionOne: store, RegionTwo: `${store}/second` });
  swift = await SwiftServer.start({ port, keystone });
  const access = await keystone.signIn();
  account = new SwiftAccount(async () => access);
});

afterAll(async () => {
  await swift?.stop();
  await keystone?.stop();
});

function urlOf(container: string, { password = KEYSTONE_USER.password as string, path = '/v3' } = {}): string {
  const [user, project, secret] = [KEYSTONE_USER.user, KEYSTONE_USER.project, password].map(encodeURIComponent);
  const { host } = new URL(keystone.url);
  return `swift://${user}+${project}:${secret}@${host}${path}?${container}`;
}

/** Passes requests on, and keeps what they were and what came back. */
function watchedFetch(more: Readonly<Record<string, string>> = {}) {
  const seen = new Recorder<{ isAuth: boolean; status: number; token: string | null }>();
  const watched: typeof fetch = async (input, init) => {
    const headers = new Headers({ ...(init?.headers as Record<string, string>), ...more });
    const response = await fetch(input, { ...init, headers });
    const token = headers.get('x-auth-token');
    seen.record({ isAuth: String(input).startsWith(keystone.url), status: response.status, token });
    return response;
  };
  const count = (isMeant: (each: (typeof seen.items)[number]) => boolean): number => seen.items.filter(isMeant).length;
  return { fetch: watched, seen, count };
}

describe('a container of a real Swift with a real Keystone v3', () => {
  it('is polled for longer than a token lives, without a call that rejects or an event that is lost', async () => {
    await account.createContainer('expiring');
    const { fetch, count } = watchedFetch();
    await using poller = await pollUrl(urlOf('expiring'), { fetch });
    const told: string[] = [];
    const begun = performance.now();
    await account.put('expiring', '1');
    for await (const events of poller.events({ interval: 100 })) {
      told.push(...events.map(toText));
      if (performance.now() - begun > LIFE * 1_500) break;
      await account.put('expiring', `${told.length + 1}`);
    }
    expect(told).toEqual(told.map((_, index) => `created ${index + 1}`));
    expect(count(({ isAuth }) => isAuth)).toBeGreaterThanOrEqual(3);
  });

  it('is read on when a token was revoked: one more authentication in that call', async () => {
    await account.createContainer('revoked');
    const { fetch, seen, count } = watchedFetch(LONG_LIFE);
    await using poller = await pollUrl(urlOf('revoked'), { fetch });
    for (const name of ['a', 'b', 'c']) await account.put('revoked', name);
    await news(poller);
    await keystone.revoke(seen.items.findLast(({ token }) => token !== null)?.token ?? '');
    seen.clear();
    await account.put('revoked', 'd');
    expect(await news(poller)).toEqual(['created d']);
    expect([count(({ status }) => status === 401), count(({ isAuth }) => isAuth)]).toEqual([1, 1]);
  });

  it('is in the region that the url names', async () => {
    await account.createContainer('regions');
    await pollUrl(`${urlOf('regions')}&region=RegionOne`);
    // There is a catalog entry, and nothing behind it.
    await expect(pollUrl(`${urlOf('regions')}&region=RegionTwo`)).rejects.toMatchObject({ code: 'POLL_FAILED' });
    await expect(pollUrl(`${urlOf('regions')}&region=RegionSix`)).rejects.toThrow('no object store in the region');
  });

  it('is found with the domain of the user, at the root of the service, and by no other credentials', async () => {
    await account.createContainer('domains');
    await pollUrl(`${urlOf('domains', { path: '' })}&domain=Default`);
    await expect(pollUrl(`${urlOf('domains')}&domain=other`)).rejects.toThrow('answered 401 to the user');
    await expect(pollUrl(urlOf('domains', { password: 'wrong' }))).rejects.toThrow('answered 401 to the user');
  });

  it('is not found by version 2.0, which Keystone has no more', async () => {
    const failure = pollUrl(urlOf('missing', { path: '/v2.0' }));
    await expect(failure).rejects.toThrow('was answered with 404: is there version 2 at this path?');
  });
});
