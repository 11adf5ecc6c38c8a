import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeKeystoneV2 } from '../../../../testing/fake-keystone-v2.js';
import { SwiftAccount } from '../../../../testing/swift-account.js';
import { SWIFT_USERS } from '../../../../testing/swift-files.js';
import { SwiftServer } from '../../../../testing/swift-server.js';
import { nameIn, news, pollUrl, toText } from './swift-fixture.js';

let swift: SwiftServer;
let account: SwiftAccount;
let containers = 0;

beforeAll(async () => {
  swift = await SwiftServer.start();
  account = new SwiftAccount(() => swift.signIn());
});

afterAll(() => swift?.stop());

function urlOf(container: string, name: keyof typeof SWIFT_USERS = 'plain', path = '/auth/v1.0'): string {
  const [user, project, password] = ['user', 'project', 'password'].map((key) =>
    encodeURIComponent(SWIFT_USERS[name][key as 'user']),
  );
  return `swift://${user}+${project}:${password}@127.0.0.1:${swift.port}${path}?${encodeURIComponent(container)}`;
}

async function newContainer(name = 'container'): Promise<string> {
  containers += 1;
  await account.createContainer(`${name}-${containers}`);
  return `${name}-${containers}`;
}

describe('a container of a real Swift with TempAuth', () => {
  // First, while there is one container only.
  it('has all pages: 25,000 objects, and changes on each page', async () => {
    const container = await newContainer();
    await account.put(container, 'object-00000-first');
    await account.put(container, 'object-15000-middle');
    await swift.listMissing('object-%05d', 0, 25_000);
    await using poller = await pollUrl(urlOf(container));
    expect(await news(poller)).toEqual([]);
    await account.put(container, 'object-00000-first', 'changed');
    await account.put(container, 'object-14999-new');
    await account.put(container, 'z', 'the last of the third page');
    await account.delete(container, 'object-15000-middle');
    await account.delete(container, 'object-24999');
    expect(await news(poller)).toEqual([
      'deleted object-24999',
      'deleted object-15000-middle',
      'modified object-00000-first',
      'created object-14999-new',
      'created z',
    ]);
    expect(await news(poller)).toEqual([]);
  });

  it('tells created, modified and deleted objects with their facts', async () => {
    const container = await newContainer();
    for (const name of ['kept', 'changed', 'gone']) await account.put(container, name);
    await using poller = await pollUrl(urlOf(container));
    const begun = Date.now();
    await account.put(container, 'new', 'content');
    await account.put(container, 'changed', 'other');
    await account.delete(container, 'gone');
    const events = await poller.getNewEvents();
    expect(events.map(toText)).toEqual(['deleted gone', 'modified changed', 'created new']);
    expect(events[2]).toMatchObject({ size: 7, etag: '9a0364b9e99bb480dd25e1f0284c8555', recreated: false });
    expect(Math.abs((events[2]?.modified?.getTime() ?? 0) - begun)).toBeLessThan(60_000);
    expect(events[2]?.subject).toBe(`swift://127.0.0.1:${swift.port}/auth/v1.0?${container}&name=new`);
    expect(await news(poller)).toEqual([]);
  });

  it('tells the same bytes put again, and coalesces', async () => {
    const container = await newContainer();
    for (const name of ['same', 'again']) await account.put(container, name, 'same');
    await using poller = await pollUrl(urlOf(container));
    await account.put(container, 'same', 'same');
    await account.delete(container, 'again');
    await account.put(container, 'again', 'same');
    await account.put(container, 'brief');
    await account.delete(container, 'brief');
    expect(await news(poller)).toEqual(['modified again', 'modified same']);
  });

  it('has objects and containers of any name', async () => {
    const container = await newContainer('ü &name=x?#%');
    await using poller = await pollUrl(urlOf(container));
    const names = [
      'ü &name=x?#%',
      '..',
      '.',
      'a/../b',
      'x//y',
      '/begins',
      'ends/',
      '%41',
      'a+b',
      ' ',
      '"\n',
      '\u{1f600}',
    ];
    for (const name of names) await account.put(container, name);
    const events = await poller.getNewEvents();
    expect(events.map(({ type }) => type)).toEqual(names.map(() => 'created'));
    expect(events.map(({ subject }) => nameIn(subject))).toEqual([...names].sort());
    for (const name of names) await account.delete(container, name);
    expect((await news(poller)).sort()).toEqual(names.map((name) => `deleted ${name}`).sort());
  });

  it('is limited by a prefix, and to names directly below it without `recurse`', async () => {
    const container = await newContainer();
    const url = `${urlOf(container)}&prefix=photos%2F`;
    await using all = await pollUrl(url);
    await using direct = await pollUrl(url, { recurse: false });
    for (const name of ['photos/1', 'photos/a/2', 'photos/a/3', 'photos/b', 'photos', 'zeta']) {
      await account.put(container, name);
    }
    expect(await news(all)).toEqual([
      'created photos/1',
      'created photos/a/2',
      'created photos/a/3',
      'created photos/b',
    ]);
    expect(await news(direct)).toEqual(['created photos/1', 'created photos/b']);
    await account.delete(container, 'photos/b');
    expect(await news(direct)).toEqual(['deleted photos/b']);
  });

  it('can be resumed by another poller from a checkpoint', async () => {
    const container = await newContainer();
    for (const name of ['kept', 'gone']) await account.put(container, name);
    const first = await pollUrl(urlOf(container));
    const since = first.checkpoint();
    await first.close();
    await account.delete(container, 'gone');
    await account.put(container, 'new');
    await using second = await pollUrl(urlOf(container), { since });
    expect(await news(second)).toEqual(['deleted gone', 'created new']);
  });

  it('is not empty when it is gone: a call rejects, and the next one goes on when it is back', async () => {
    const container = await newContainer();
    await account.put(container, 'x');
    await using poller = await pollUrl(urlOf(container));
    await account.delete(container, 'x');
    await account.deleteContainer(container);
    await expect(poller.getNewEvents()).rejects.toThrow('was answered with 404: there is no such container');
    await account.createContainer(container);
    expect(await news(poller)).toEqual(['deleted x']);
    await expect(pollUrl(urlOf('missing'))).rejects.toThrow('the container "missing" is not there (404)');
  });

  it('is read on with a new token when the old one is refused', async () => {
    const container = await newContainer();
    await using poller = await pollUrl(urlOf(container));
    await account.put(container, 'x');
    await swift.forgetTokens();
    expect(await news(poller)).toEqual(['created x']);
  });

  it('lets a user with odd names in, and nobody with a wrong password', async () => {
    const account = new SwiftAccount(() => swift.signIn('odd'));
    await account.createContainer('odd');
    await using poller = await pollUrl(urlOf('odd', 'odd'));
    await account.put('odd', 'x');
    expect(await news(poller)).toEqual(['created x']);
    const wrong = urlOf('odd').replace(SWIFT_USERS.plain.password, 'wrong');
    await expect(pollUrl(wrong)).rejects.toThrow('answered 401 to the user');
  });

  it('is found by Keystone 2.0, of which there is a fake only', async () => {
    const container = await newContainer();
    let grants = 0;
    const { storageUrl, token } = await swift.signIn();
    const throughFake: typeof fetch = async (input, init) => {
      if (!String(input).endsWith('/v2.0/tokens')) return fetch(input, init);
      grants += 1;
      return fakeKeystoneV2(String(init?.body), (...who) => {
        expect(who).toEqual(['test', 'tester', 'testing-password']);
        return { storageUrl, token, life: 3_600 };
      });
    };
    await using poller = await pollUrl(urlOf(container, 'plain', '/v2.0'), { fetch: throughFake });
    await account.put(container, 'x');
    expect(await news(poller)).toEqual(['created x']);
    expect(grants).toBe(1);
  });

  it('is polled by a loop', async () => {
    const container = await newContainer();
    await using poller = await pollUrl(urlOf(container));
    const told: string[] = [];
    await account.put(container, 'a');
    for await (const events of poller.events({ interval: 20 })) {
      told.push(...events.map(toText));
      if (told.length === 2) break;
      await account.put(container, 'b');
    }
    expect(told).toEqual(['created a', 'created b']);
  });
});
