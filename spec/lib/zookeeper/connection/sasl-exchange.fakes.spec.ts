import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestMd5Mechanism } from '../../../../lib/zookeeper/connection/sasl/digest-md5.js';
import { SaslExchange } from '../../../../lib/zookeeper/connection/sasl/sasl-exchange.js';
import type { SaslMechanism } from '../../../../lib/zookeeper/connection/sasl/sasl-mechanism.js';
import { turn } from '../../../../testing/passing-time.js';

const unhandled: unknown[] = [];
const note = (reason: unknown): void => void unhandled.push(reason);

beforeEach(() => {
  unhandled.length = 0;
  process.on('unhandledRejection', note);
});

afterEach(() => {
  process.off('unhandledRejection', note);
});

/** An exchange of a mechanism that need not have the type of one, with what the connection notices of it. */
function begin(exchange: unknown) {
  const events: string[] = [];
  const mechanism = { mechanism: 'OWN', exchange } as SaslMechanism;
  const run = new SaslExchange(
    mechanism,
    { host: 'zk', port: 2181 },
    {
      send: (token) => void events.push(`sent ${Buffer.from(token)}`),
      passed: () => void events.push('passed'),
      failed: (reason) => void events.push((reason as Error).message),
    },
  );
  return { run, events };
}

const tokens = async function* (): ReturnType<SaslMechanism['exchange']> {
  yield Buffer.from('one');
};

describe('DIGEST-MD5', () => {
  it.each<[unknown, string]>([
    ['', 'an empty string'],
    [undefined, 'undefined'],
    [Buffer.from('secret'), 'a Buffer or Uint8Array'],
  ])('sends nothing for a password that is none, as of a file that is being written: %j', async (given, type) => {
    const password = async () => given as string;
    const { run, events } = begin(digestMd5Mechanism({ username: 'alice', password }, undefined).exchange);
    await run.advance(null);
    await run.advance(Buffer.from('nonce="n"'));
    expect(events).toEqual(['sent ', `sasl.password() must return a string that is not empty, but returned ${type}`]);
  });

  it('answers at once a challenge whose qop is made of spaces', async () => {
    const { run, events } = begin(digestMd5Mechanism({ username: 'alice', password: 'secret' }, undefined).exchange);
    await run.advance(null);
    const begun = performance.now();
    await run.advance(Buffer.from(`nonce="n",qop="auth-int${' '.repeat(100_000)}x, auth , auth-conf"`));
    expect(performance.now() - begun).toBeLessThan(2_000);
    expect(events).toEqual(['sent ', expect.stringMatching(/^sent .*qop=auth$/)]);
  });
});

describe('a SASL exchange', () => {
  it.each<[string, unknown]>([
    [
      'a generator that is not asynchronous',
      function* () {
        yield Buffer.from('one');
      },
    ],
    ['a promise of a generator', async () => tokens()],
    [
      'an iterator that cannot be ended',
      () => {
        const each = tokens();
        return { next: (token: Buffer | null) => each.next(token) };
      },
    ],
  ])('takes %s, and ends it without an error', async (_, exchange) => {
    const { run, events } = begin(exchange);
    await run.advance(null);
    await run.advance(null);
    expect(events).toEqual(['sent one', 'passed']);
    run.destroy();
    await turn();
    expect(unhandled).toEqual([]);
  });

  it.each<[string, unknown, string]>([
    ['returns nothing', () => undefined, 'exchange() returned undefined, not an async generator'],
    ['returns a token', () => Buffer.from('one'), 'exchange() returned a Buffer or Uint8Array, not an async generator'],
    ['returns a promise that rejects', async () => Promise.reject(new Error('no ticket')), 'no ticket'],
  ])('fails by a mechanism that %s, and ends without another error', async (_, exchange, message) => {
    const { run, events } = begin(exchange);
    await run.advance(null);
    expect(events).toEqual([message]);
    run.destroy();
    await turn();
    expect(unhandled).toEqual([]);
  });

  it('begins nothing, and leaves nothing unended, when it is given up before the generator is there', async () => {
    const steps: string[] = [];
    const { run, events } = begin(async () => {
      await turn();
      return (async function* () {
        steps.push('begun');
        yield Buffer.from('one');
      })();
    });
    const advanced = run.advance(null);
    run.destroy();
    await advanced;
    expect([steps, events]).toEqual([[], []]);
  });
});
