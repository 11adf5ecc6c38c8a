import { describe, expect, it } from 'vitest';
import {
  InvalidArgumentError,
  makePoller,
  registerPoller,
  UnsupportedUrlError,
} from '../../../recipes/pollers/index.js';
import { pollSource } from '../../../recipes/pollers/source-poller.js';
import { FakeClient } from '../../../testing/fake-client.js';
import { FakeSource } from '../../support/fake-source.js';
import { rejectionOf } from '../../support/rejection.js';

const client = new FakeClient();

describe('makePoller()', () => {
  it.for([
    [undefined, undefined, 'url must be a URL or a path, but is undefined'],
    ['', undefined, 'url must be a URL or a path, but is an empty string'],
    ['/tmp', { recurse: 1 }, 'recurse must be true or false'],
    ['/tmp', { initial: 'x' }, 'initial must be true or false'],
    ['/tmp', { create: null }, 'create must be true or false'],
    ['/tmp', { since: 'x' }, 'since must be a Buffer or Uint8Array'],
    ['/tmp', { timeBoundary: -1 }, 'timeBoundary must be a number of milliseconds from 0'],
    ['/tmp', { client: {} }, 'client must'],
    ['/tmp', { fetch: 1 }, 'fetch must be a function'],
    ['/tmp', { ignore: /x/ }, 'ignore must be a function'],
    ['/tmp', { signal: 1 }, 'signal must be an AbortSignal'],
    ['/tmp', { recursive: true }, 'options must be made of recurse, initial'],
    ['file:tmp', undefined, 'is not absolute'],
    ['file:///a?b', undefined, 'written %3F'],
    ['file:///a%2Fb', undefined, 'no URL of a directory'],
    ['file://host/a', undefined, 'no URL of a directory'],
    ['file:///%FF', undefined, 'no URL of a directory'],
    ['/a\0b', undefined, 'null character'],
    ['zk:/a', undefined, 'there is no client'],
    ['zk://host/a', { client }, 'there is a client, too'],
    ['zk:a', { client }, 'must start with "/"'],
    ['zk:/a//b', { client }, 'empty name'],
    ['zk:/a?b', { client }, 'written %3F'],
    ['zk:/%', { client }, '%25'],
    ['zk://host:x/a', undefined, 'the port of server 1 of 1 is not a number'],
    ['zk://user:word@host/a', undefined, 'Credentials are passed by'],
  ] as const)('refuses %s with %o', async ([url, options, message]) => {
    const error = await rejectionOf(makePoller(url as never, options as never));
    expect(error).toBeInstanceOf(InvalidArgumentError);
    expect((error as Error).message).toContain(message);
    expect((error as Error).message).not.toContain('word');
  });

  it('refuses a scheme that nobody has registered, and shows no part of what may be credentials', async () => {
    const error = await rejectionOf(makePoller('sftp://user:word@host/a'));
    expect(error).toBeInstanceOf(UnsupportedUrlError);
    expect(error).toMatchObject({
      code: 'UNSUPPORTED_URL',
      message: expect.stringMatching(/no poller for sftp:.*file:.*zk:/),
    });
    const other = await rejectionOf(makePoller('user:word@host/a'));
    expect((other as Error).message).not.toMatch(/user|word|host/);
    for (const url of ['constructor:x', 'toString://x'])
      expect(await rejectionOf(makePoller(url))).toBeInstanceOf(UnsupportedUrlError);
  });

  it('refuses wrong arguments of calls and loops', async () => {
    const poller = await pollSource(new FakeSource());
    for (const options of [{ signal: 1 }, { interval: 1 }, 'x'])
      expect(await rejectionOf(poller.getNewEvents(options as never))).toBeInstanceOf(InvalidArgumentError);
    for (const options of [{ interval: 0 }, { interval: Infinity }, { signal: 1 }, { other: 1 }])
      expect(() => poller.events(options as never)).toThrow(InvalidArgumentError);
    await poller.close();
  });
});

describe('registerPoller()', () => {
  const toSource = (name: string) => (url: string) => pollSource(new FakeSource(`${name}:${url}`));

  it('asks the newest one first, until it is removed', async () => {
    using _older = registerPoller('fake', toSource('older'));
    const newer = registerPoller('fake', toSource('newer'));
    expect((await makePoller('FAKE:x')).url).toBe('newer:FAKE:x');
    newer[Symbol.dispose]();
    newer[Symbol.dispose]();
    expect((await makePoller(new URL('fake://host/x'))).url).toBe('older:fake://host/x');
  });

  it('asks the next one when it rejects, and rejects with every cause when none can', async () => {
    const causes = [new Error('newer'), new Error('older')];
    using _older = registerPoller('fake', () => Promise.reject(causes[1]));
    expect(await rejectionOf(makePoller('fake:x'))).toBe(causes[1]);
    using _newer = registerPoller('fake', () => Promise.reject(causes[0]));
    const error = await rejectionOf(makePoller('fake:user:word@host'));
    expect(error).toBeInstanceOf(AggregateError);
    expect((error as AggregateError).errors).toEqual(causes);
    expect((error as Error).message).not.toContain('word');
    using _newest = registerPoller('fake', toSource('newest'));
    expect((await makePoller('fake:x')).url).toBe('newest:fake:x');
  });

  it('takes the place of a poller of this package, and falls back on it', async () => {
    using _mine = registerPoller('zk', toSource('mine'));
    expect((await makePoller('zk:/a')).url).toBe('mine:zk:/a');
    using _broken = registerPoller('file', () => Promise.reject(new Error('not today')));
    const poller = await makePoller(import.meta.dirname);
    expect(['inotify', 'stat']).toContain(poller.kind);
    await poller.close();
  });

  it('passes valid options on, and asks nobody once the signal has aborted', async () => {
    const asked: unknown[] = [];
    using _one = registerPoller('fake', async (url, options) => {
      asked.push(options);
      return pollSource(new FakeSource(url), options);
    });
    await makePoller('fake:x', { recurse: true });
    expect(asked).toEqual([{ recurse: true }]);
    expect(await rejectionOf(makePoller('fake:x', { signal: AbortSignal.abort('over') }))).toBe('over');
    expect(asked).toHaveLength(1);
  });

  it.for([
    ['', () => {}],
    ['Fake', () => {}],
    ['a b', () => {}],
    ['x', () => {}],
    [1, () => {}],
    ['fake', 1],
  ] as const)('refuses %s with %s', ([scheme, make]) => {
    expect(() => registerPoller(scheme as never, make as never)).toThrow(InvalidArgumentError);
  });
});
