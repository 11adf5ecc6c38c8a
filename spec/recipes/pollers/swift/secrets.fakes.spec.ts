import { inspect } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import { Access } from '../../../../recipes/pollers/swift/authenticate.js';
import { FAKE_URLS, FakeSwift } from '../../../../testing/fake-swift.js';
import { pollFake } from './swift-fixture.js';

/** Of the password and of the tokens. */
const SECRET = /secret/;

function print(value: unknown): string {
  const own = inspect(value, { depth: 12, showHidden: true, getters: true });
  // The stack has the names of files.
  return own.replaceAll(/^ +at .*$/gm, '');
}

describe.each([1, 2, 3] as const)('the password and the tokens, by version %d', (version) => {
  it('are in no url, subject, event, checkpoint, or print of a poller', async () => {
    const swift = new FakeSwift();
    const poller = await pollFake(swift, {}, FAKE_URLS[version]);
    swift.put('x');
    const events = await poller.getNewEvents();
    expect(events).toHaveLength(1);
    const checkpoint = poller.checkpoint();
    const shown = [poller.url, print(events), JSON.stringify(events), print(poller), checkpoint.toString('latin1')];
    expect(shown.join('\n')).not.toMatch(SECRET);
    // Otherwise nothing has been shown.
    expect(shown.join('\n')).toContain('alice');
    expect(swift.requests.items.map(({ headers, body }) => print([...headers]) + body).join('\n')).toMatch(SECRET);
  });

  it('are in no error, whatever a server or a `fetch` repeats', async () => {
    const log = (['log', 'warn', 'error'] as const).map((name) => vi.spyOn(console, name).mockImplementation(() => {}));
    const answers: ((text: string) => Promise<Response> | Response)[] = [
      (text) => new Response(text, { status: 500, statusText: 'secret', headers: { location: 'http://secret/' } }),
      (text) => new Response(text, { status: 401 }),
      (text) =>
        new Response(text, {
          status: 200,
          headers: { 'x-storage-url': `http://u:${'secret'}@h/`, 'x-auth-token': 's' },
        }),
      (text) => Promise.reject(Object.assign(new Error(text, { cause: new Error(text) }), { request: { text } })),
      (text) => Promise.reject(Object.assign(new TypeError('x'), { code: `ERR ${text}` })),
      (text) => Promise.reject(text),
    ];
    const errors: string[] = [];
    for (const answer of answers) {
      for (const kind of ['auth', 'store'] as const) {
        const swift = new FakeSwift();
        const repeat = (isMeant: (isStore: boolean) => boolean): void => {
          swift.answer = ({ url, headers, body }) =>
            isMeant(url.pathname.startsWith('/v1/')) ? answer(`${[...headers].join()} ${body}`) : null;
        };
        const reject = async (): Promise<unknown> => {
          if (kind === 'auth') repeat((isStore) => !isStore);
          const poller = await pollFake(swift, {}, FAKE_URLS[version]);
          repeat((isStore) => isStore);
          return poller.getNewEvents();
        };
        const error = await reject().then(
          () => expect.unreachable('has resolved'),
          (failure: unknown) => failure,
        );
        errors.push(`${print(error)}\n${(error as Error).stack?.split('\n    at ')[0]}`);
      }
    }
    expect(errors).toHaveLength(2 * answers.length);
    // The stacks have the name of this file.
    expect(errors.join('\n').replaceAll('secrets.fakes.spec', '')).not.toMatch(SECRET);
    for (const each of log) expect(each).not.toHaveBeenCalled();
  });
});

it('a token is in no print of the access that it gives', () => {
  const access = new Access('http://host/v1/account', 'secret', null);
  expect(print(access)).not.toMatch(SECRET);
  expect(print(access)).toContain('http://host/v1/account');
  expect(access.reveal()).toBe('secret');
});
