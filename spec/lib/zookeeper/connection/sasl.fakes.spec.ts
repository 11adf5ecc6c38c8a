import { describe, expect, it } from 'vitest';
import { AuthFailedError } from '../../../../lib/core/errors.js';
import { DIGEST_URI, digestMd5, parseDirectives } from '../../../../lib/protocol/digest-md5.js';
import { FrameSplitter } from '../../../../lib/protocol/frame-splitter.js';
import { JuteReader, JuteWriter } from '../../../../lib/protocol/jute.js';
import { connectResponseRecord, requestHeaderRecord, saslRecord } from '../../../../lib/protocol/messages.js';
import { replyHeaderRecord } from '../../../../lib/protocol/server-messages.js';
import type { ConnectionEnd, ConnectionOptions } from '../../../../lib/zookeeper/connection/connection.js';
import { digestMd5Mechanism } from '../../../../lib/zookeeper/connection/sasl/digest-md5.js';
import type { SaslMechanism } from '../../../../lib/zookeeper/connection/sasl/sasl-mechanism.js';
import { WireProtocol } from '../../../../lib/zookeeper/connection/wire-protocol.js';
import { MemorySocket } from '../../../../testing/memory-socket.js';
import { turn } from '../../../../testing/passing-time.js';

const CREDENTIALS = { username: 'alice', password: 'secret' };
const CHALLENGE = 'realm="zk-sasl-md5",nonce="n0nce",charset=utf-8,algorithm=md5-sess,qop="auth"';
const SASL = 102;

interface Request {
  readonly xid: number;
  readonly op: number;
  readonly token: Buffer | null;
}

/** A server that a spec drives, and the client's connection to it. */
class Exchange {
  /** The requests after the handshake. */
  readonly requests: Request[] = [];
  readonly ends: ConnectionEnd[] = [];
  readonly stream = new MemorySocket({ written: (bytes) => this.#wrote(bytes), finished: () => {} });
  readonly connection: WireProtocol;
  opened = 0;
  #handshakes = 0;

  constructor(sasl: SaslMechanism, options: Partial<ConnectionOptions> = {}) {
    const defaults = { sessionTimeout: 3_000, session: null, lastZxid: 0n, auth: [] };
    this.connection = new WireProtocol(
      this.stream,
      'connect',
      { server: { host: 'a', port: 1 }, ...defaults, ...options },
      {
        reached: () => {},
        opened: () => {
          this.opened += 1;
        },
        heard: () => {},
        receiving: () => {},
        event: () => {},
        closed: (end) => void this.ends.push(end),
      },
      sasl,
    );
    this.stream.emit('connect');
    const session = { protocolVersion: 0, sessionTimeout: 3_000, sessionId: 7n, password: Buffer.alloc(16) };
    this.#send((writer) => connectResponseRecord.write(writer, session));
  }

  get operations(): number[] {
    return this.requests.map(({ op }) => op);
  }

  /** Answers the last request with a token. */
  async answer(token: string | null, error = 0): Promise<void> {
    const { xid } = this.requests.at(-1) as Request;
    this.reply(xid, error, token === null ? null : Buffer.from(token));
    await turn();
  }

  reply(xid: number, error = 0, token?: Buffer | null): void {
    this.#send((writer) => {
      replyHeaderRecord.write(writer, { xid, zxid: 0n, error });
      if (token !== undefined && error === 0) saslRecord.write(writer, { token });
    });
  }

  #send(record: (writer: JuteWriter) => void): void {
    this.stream.arrive(new JuteWriter().frame(record).bytes);
  }

  #wrote(bytes: Buffer): void {
    const splitter = new FrameSplitter();
    splitter.push(bytes);
    for (let frame = splitter.next(); frame; frame = splitter.next()) {
      this.#handshakes += 1;
      if (this.#handshakes === 1) continue;
      const reader = new JuteReader(frame, 4);
      const { xid, op } = requestHeaderRecord.read(reader);
      this.requests.push({ xid, op, token: op === SASL ? saslRecord.read(reader).token : null });
    }
  }
}

/** The proof that a server owes for the client's response. */
function proofFor(response: Buffer | null, password = CREDENTIALS.password): string {
  const sent = parseDirectives(String(response)) ?? new Map<string, string>();
  const of = (name: string): string => sent.get(name) ?? '';
  const input = { realm: of('realm'), nonce: of('nonce'), cnonce: of('cnonce'), digestUri: DIGEST_URI };
  return `rspauth=${digestMd5({ ...input, username: of('username'), password }, 'server')}`;
}

const digest = (): SaslMechanism => digestMd5Mechanism(CREDENTIALS, undefined);

describe('SASL over a connection', () => {
  it('sends nothing but tokens until it is through: no credentials, no ping', async () => {
    const exchange = new Exchange(digest(), { auth: [{ scheme: 'digest', auth: 'a:b' }] });
    await turn();
    exchange.connection.ping();
    exchange.connection.addAuth({ scheme: 'digest', auth: 'c:d' });
    await turn();
    expect(exchange.operations).toEqual([SASL]);
    await exchange.answer(CHALLENGE);
    exchange.connection.ping();
    await turn();
    expect(exchange.operations).toEqual([SASL, SASL]);
    await exchange.answer(proofFor(exchange.requests[1]?.token ?? null));
    expect(exchange.operations).toEqual([SASL, SASL, 100]);
    exchange.reply(-4);
    await turn();
    expect(exchange.operations).toEqual([SASL, SASL, 100, 11]);
    expect(exchange.opened).toBe(0);
    exchange.reply(-2);
    await turn();
    expect([exchange.opened, exchange.ends]).toEqual([1, []]);
  });

  it('never sends the password, and uses a random value of its own at each exchange', async () => {
    const texts: string[] = [];
    for (let nth = 0; nth < 2; nth += 1) {
      const exchange = new Exchange(digest());
      await turn();
      await exchange.answer(CHALLENGE);
      texts.push(String(exchange.requests[1]?.token));
    }
    expect(texts.join()).not.toContain('secret');
    expect(texts[0]).toContain('username="alice"');
    expect(texts[0]).toContain('nc=00000001');
    expect(parseDirectives(texts[0] ?? '')?.get('cnonce')).not.toBe(parseDirectives(texts[1] ?? '')?.get('cnonce'));
  });

  it.each([
    ['a wrong proof', async (exchange: Exchange) => exchange.answer(`rspauth=${'0'.repeat(32)}`)],
    [
      'the proof of another password',
      async (exchange: Exchange) => exchange.answer(proofFor(exchange.requests.at(-1)?.token ?? null, 'other')),
    ],
    [
      'the client’s own response',
      async (exchange: Exchange) =>
        exchange.answer(String(exchange.requests.at(-1)?.token).replace('response=', 'rspauth=')),
    ],
    ['no proof', async (exchange: Exchange) => exchange.answer('')],
    ['no token', async (exchange: Exchange) => exchange.answer(null)],
  ])('does not trust a server with %s', async (_, prove) => {
    const exchange = new Exchange(digest());
    await turn();
    await exchange.answer(CHALLENGE);
    await prove(exchange);
    expect(exchange.ends).toMatchObject([
      { kind: 'auth-failed', cause: { reason: 'server-not-proven', mechanism: 'DIGEST-MD5' } },
    ]);
    expect([exchange.opened, exchange.stream.destroyed]).toEqual([0, true]);
  });

  it.each(['', 'nonsense', 'realm="r"', 'nonce="n",qop="auth-conf"'])('refuses the challenge %j', async (challenge) => {
    const exchange = new Exchange(digest());
    await turn();
    await exchange.answer(challenge);
    expect(exchange.ends).toMatchObject([{ kind: 'auth-failed', cause: { reason: 'server-not-proven' } }]);
  });

  it('recognises a server without SASL by an empty answer, and by error -6', async () => {
    for (const answer of [async (e: Exchange) => e.answer(null), async (e: Exchange) => e.answer(null, -6)]) {
      const exchange = new Exchange(digest());
      await turn();
      await answer(exchange);
      expect(exchange.ends).toMatchObject([{ kind: 'auth-failed', cause: { reason: 'no-sasl' } }]);
      expect(exchange.ends[0]?.cause).toBeInstanceOf(AuthFailedError);
    }
  });

  it.each([-115, -124])(
    'takes error %i to a first token without credentials for a lack of the mechanism',
    async (error) => {
      const exchange = new Exchange(digest());
      await turn();
      await exchange.answer(null, error);
      const message = expect.stringMatching(`no SASL DIGEST-MD5 \\(error ${error}\\): .* set fips-mode=false on it`);
      expect(exchange.ends).toMatchObject([{ cause: { reason: 'no-sasl', serverCode: error, message } }]);
    },
  );

  it('takes an error to a first token with credentials for their refusal', async () => {
    async function* tokens(): ReturnType<SaslMechanism['exchange']> {
      yield Buffer.from('alice');
    }
    const exchange = new Exchange({ mechanism: 'OWN', exchange: tokens });
    await turn();
    await exchange.answer(null, -115);
    expect(exchange.ends).toMatchObject([{ kind: 'auth-failed', cause: { reason: 'refused', mechanism: 'OWN' } }]);
  });

  it('takes a refusal by the server, and a hang-up amid the exchange, for refused credentials', async () => {
    const refused = new Exchange(digest());
    await turn();
    await refused.answer(CHALLENGE);
    await refused.answer(null, -115);
    expect(refused.ends).toMatchObject([{ kind: 'auth-failed', cause: { reason: 'refused' } }]);
    expect(refused.ends[0]?.isAssumed).toBe(undefined);
    const cut = new Exchange(digest());
    await turn();
    cut.stream.arriveEnd();
    await turn();
    expect(cut.ends).toMatchObject([{ kind: 'auth-failed', isAssumed: true, cause: { reason: 'refused' } }]);
  });

  it('fails by a reply out of turn', async () => {
    const exchange = new Exchange(digest());
    await turn();
    exchange.reply(77, 0, Buffer.from(CHALLENGE));
    await turn();
    expect(exchange.ends).toMatchObject([{ kind: 'failed' }]);
  });

  it('fails, without being refused, when the mechanism throws or yields no token; the reason is named', async () => {
    const mechanisms: [SaslMechanism['exchange'], RegExp][] = [
      [
        // biome-ignore lint/correctness/useYield: it fails before
        async function* () {
          throw new Error('no ticket');
        },
        /SASL OWN: no ticket/,
      ],
      [
        async function* () {
          yield 'text' as never;
        },
        /yielded no Buffer/,
      ],
      [
        () => {
          throw new Error('at once');
        },
        /SASL OWN: at once/,
      ],
    ];
    for (const [run, message] of mechanisms) {
      const exchange = new Exchange({ mechanism: 'OWN', exchange: run });
      await turn();
      expect(exchange.ends).toMatchObject([{ kind: 'failed', cause: { message: expect.stringMatching(message) } }]);
    }
  });

  it('lets the mechanism clean up when the connection is thrown away, and sends nothing more', async () => {
    const steps: string[] = [];
    const own: SaslMechanism = {
      mechanism: 'OWN',
      async *exchange() {
        try {
          yield Buffer.from('one');
          steps.push('answered');
        } finally {
          steps.push('cleaned up');
        }
      },
    };
    const exchange = new Exchange(own);
    await turn();
    exchange.connection.destroy();
    await turn();
    expect([steps, exchange.operations, exchange.ends]).toEqual([['cleaned up'], [SASL], []]);
  });

  it('ignores a password that arrives after the connection has ended', async () => {
    let give: (password: string) => void = () => {};
    const password = () =>
      new Promise<string>((resolve) => {
        give = resolve;
      });
    const exchange = new Exchange(digestMd5Mechanism({ username: 'alice', password }, undefined));
    await turn();
    await exchange.answer(CHALLENGE);
    exchange.connection.destroy();
    give('secret');
    await turn();
    expect([exchange.operations, exchange.ends]).toEqual([[SASL], []]);
  });

  it('warns once when DIGEST-MD5 can be overheard: without TLS, at a server that is not on this machine', async () => {
    const warnings: string[] = [];
    const mechanism = digestMd5Mechanism(CREDENTIALS, (message) => void warnings.push(message));
    const begin = (address: string) => new Exchange(mechanism, { server: { host: 'zk', port: 1, address } });
    for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.2']) begin(address);
    await turn();
    expect(warnings).toEqual([]);
    for (const address of ['10.0.0.1', 'fd00::1']) begin(address);
    await turn();
    expect(warnings).toEqual([expect.stringContaining('without TLS')]);
  });
});
