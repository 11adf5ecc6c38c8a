import { describe, expect, it, vi } from 'vitest';
import { FrameSplitter } from '../../../../lib/protocol/frame-splitter.js';
import { JuteWriter } from '../../../../lib/protocol/jute.js';
import { connectResponseRecord } from '../../../../lib/protocol/messages.js';
import { watcherEventRecord } from '../../../../lib/protocol/records.js';
import { existsRequest } from '../../../../lib/protocol/requests.js';
import { replyHeaderRecord } from '../../../../lib/protocol/server-messages.js';
import type {
  Connection,
  ConnectionEnd,
  ConnectionOptions,
  Handshake,
} from '../../../../lib/zookeeper/connection/connection.js';
import { WireProtocol } from '../../../../lib/zookeeper/connection/wire-protocol.js';
import { MemorySocket } from '../../../../testing/memory-socket.js';
import { turn } from '../../../../testing/passing-time.js';

const SESSION = { id: 0x77n, password: Buffer.alloc(16, 1) };
const AUTH = { scheme: 'digest', auth: 'user:secret' };
/** The operations by their number. */
const NAMES = new Map([
  [3, 'exists'],
  [11, 'ping'],
  [100, 'auth'],
]);

/** The client's stream, and the server at its other end. */
class Peer {
  /** The frames of each write. */
  readonly writes: string[][] = [];
  readonly stream = new MemorySocket({ written: (bytes) => this.#wrote(bytes), finished: () => {} });

  accept(): void {
    this.stream.emit('connect');
  }

  grant(): void {
    const response = { protocolVersion: 0, sessionTimeout: 3_000, sessionId: SESSION.id, password: SESSION.password };
    this.#send((writer) => connectResponseRecord.write(writer, response));
  }

  reply(xid: number, error = 0, zxid = 5n): void {
    this.#send((writer) => replyHeaderRecord.write(writer, { xid, zxid, error }));
  }

  #send(record: (writer: JuteWriter) => void): void {
    this.stream.arrive(new JuteWriter().frame(record).bytes);
  }

  #wrote(bytes: Buffer): void {
    const splitter = new FrameSplitter();
    splitter.push(bytes);
    const names: string[] = [];
    for (let frame = splitter.next(); frame; frame = splitter.next()) {
      const isHandshake = this.writes.length + names.length === 0;
      names.push(isHandshake ? 'handshake' : (NAMES.get(frame.readInt32BE(8)) ?? 'unknown'));
    }
    this.writes.push(names);
  }
}

function open(options: Partial<ConnectionOptions> = {}) {
  const peer = new Peer();
  const ends: ConnectionEnd[] = [];
  const handshakes: Handshake[] = [];
  const seen: string[] = [];
  const connection: Connection = new WireProtocol(
    peer.stream,
    'connect',
    { server: { host: 'a', port: 1 }, sessionTimeout: 3_000, session: null, lastZxid: 0n, auth: [], ...options },
    {
      reached: () => {},
      opened: (handshake) => void handshakes.push(handshake),
      heard: () => {},
      receiving: () => void seen.push('receiving'),
      event: ({ path }) => void seen.push(path),
      closed: (end) => void ends.push(end),
    },
  );
  return { peer, ends, handshakes, seen, connection };
}

const kindsOf = (ends: readonly ConnectionEnd[]) => ends.map(({ kind }) => kind);

describe('the protocol over a stream', () => {
  it('sends the handshake, the credentials and a ping in one write, when it asks for a new session', async () => {
    const { peer, handshakes } = open({ auth: [AUTH, AUTH] });
    await turn();
    expect(peer.writes).toEqual([]);
    peer.accept();
    await turn();
    expect(peer.writes).toEqual([['handshake', 'auth', 'auth', 'ping']]);
    peer.grant();
    peer.reply(-4);
    peer.reply(-4);
    await turn();
    expect(handshakes).toEqual([]);
    peer.reply(-2);
    await turn();
    expect(handshakes).toEqual([{ ...SESSION, sessionTimeout: 3_000 }]);
  });

  it('pings only after the answer, when it takes a session over: it may have expired', async () => {
    const { peer, handshakes } = open({ session: SESSION });
    peer.accept();
    await turn();
    peer.grant();
    await turn();
    expect(peer.writes).toEqual([['handshake'], ['ping']]);
    peer.reply(-2);
    await turn();
    expect(handshakes).toHaveLength(1);
  });

  it('sends the requests of a turn in one write, and passes each reply on to its own', async () => {
    const { peer, connection } = open();
    peer.accept();
    peer.grant();
    peer.reply(-2);
    await turn();
    const replies: [number, number][] = [];
    for (let nth = 0; nth < 3; nth += 1) {
      connection.request(existsRequest('/a', false), (error) => void replies.push([nth, error]));
    }
    await turn();
    expect(peer.writes.slice(1)).toEqual([['exists', 'exists', 'exists']]);
    for (const xid of [1, 2, 3]) peer.reply(xid, -100 - xid);
    await turn();
    expect(replies).toEqual([
      [0, -101],
      [1, -102],
      [2, -103],
    ]);
  });

  it('counts its requests from 1 to 2^31 - 1, and begins again', async () => {
    const { peer, connection, ends } = open({ firstXid: 2 ** 31 - 1 });
    peer.accept();
    peer.grant();
    peer.reply(-2);
    await turn();
    const replies: number[] = [];
    for (let nth = 0; nth < 2; nth += 1) {
      connection.request(existsRequest('/a', false), (error) => void replies.push(error));
    }
    for (const xid of [2 ** 31 - 1, 1]) peer.reply(xid, -101);
    await turn();
    expect([replies, ends]).toEqual([[-101, -101], []]);
  });

  it('ends as auth-failed when credentials are refused, by whatever error', async () => {
    for (const error of [-115, -1]) {
      const { peer, ends } = open({ auth: [AUTH] });
      peer.accept();
      peer.grant();
      peer.reply(-4, error);
      await turn();
      expect([kindsOf(ends), peer.stream.destroyed]).toEqual([['auth-failed'], true]);
      expect(ends[0]?.cause.message).not.toContain('secret');
    }
  });

  it('is refused by a hang-up before the answer, and fails by one after it', async () => {
    for (const isGranted of [false, true]) {
      const { peer, ends } = open();
      peer.accept();
      if (isGranted) peer.grant();
      peer.stream.arriveEnd();
      await turn();
      expect(kindsOf(ends)).toEqual([isGranted ? 'failed' : 'refused']);
    }
  });

  it.each([
    ['TLS', Buffer.from([0x15, 3, 3, 0, 2, 2, 0x46]), 'tls-failed', /the server speaks TLS/],
    ['HTTP', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), 'failed', /it answers in HTTP/],
  ])('recognizes a server of %s, also when its answer arrives byte by byte', async (_, answer, kind, message) => {
    for (const size of [1, 3, answer.length]) {
      const { peer, ends } = open();
      peer.accept();
      for (let at = 0; at < answer.length; at += size) peer.stream.arrive(answer.subarray(at, at + size));
      await turn();
      expect(ends).toMatchObject([{ kind, cause: { message: expect.stringMatching(message) } }]);
    }
  });

  it.each([
    ['failed', -118],
    ['auth-failed', -115],
    ['auth-failed', -124],
  ])('ends as %s by the error %i of any request', async (kind, error) => {
    const { peer, connection, ends } = open();
    peer.accept();
    peer.grant();
    peer.reply(-2);
    await turn();
    const answers: number[] = [];
    connection.request(existsRequest('/a', false), (answer) => void answers.push(answer));
    peer.reply(1, error);
    await turn();
    expect([kindsOf(ends), answers]).toEqual([[kind], []]);
  });

  it('opens once, and fails by a later ping whose transaction is older', async () => {
    const { peer, connection, ends, handshakes } = open();
    peer.accept();
    peer.grant();
    for (const zxid of [7n, 9n, 8n]) {
      peer.reply(-2, 0, zxid);
      connection.ping();
    }
    await turn();
    expect(handshakes).toHaveLength(1);
    expect(ends).toMatchObject([
      { kind: 'failed', cause: { message: expect.stringContaining('zxid 8, below the 9') } },
    ]);
  });

  it('reads nothing behind the frame that has ended it', async () => {
    const { peer, ends, seen } = open();
    peer.accept();
    peer.grant();
    peer.reply(-2);
    await turn();
    const refusal = new JuteWriter().frame((writer) =>
      replyHeaderRecord.write(writer, { xid: 7, zxid: 5n, error: -115 }),
    ).bytes;
    const event = new JuteWriter().frame((writer) => {
      replyHeaderRecord.write(writer, { xid: -1, zxid: -1n, error: 0 });
      watcherEventRecord.write(writer, { type: 3, state: 3, path: '/a' });
    }).bytes;
    peer.stream.arrive(Buffer.concat([refusal, event, event.subarray(0, 9)]));
    expect([kindsOf(ends), seen]).toEqual([['auth-failed'], []]);
  });

  it('ends as soon as the stream does, before that has closed', () => {
    const { peer, ends } = open();
    peer.accept();
    peer.stream.emit('end');
    expect(kindsOf(ends)).toEqual(['refused']);
  });

  it('fails by a reply to no request, to no ping and to no credentials', async () => {
    for (const xid of [7, -2, -4]) {
      const { peer, ends } = open({ session: SESSION });
      peer.accept();
      peer.grant();
      await turn();
      peer.reply(-2);
      peer.reply(xid);
      await turn();
      expect([xid, kindsOf(ends)]).toEqual([xid, ['failed']]);
    }
  });

  it('calls nothing and sends nothing after destroy(), and keeps the error of a stream from the process', async () => {
    const uncaught = vi.fn();
    process.on('uncaughtException', uncaught);
    const { peer, connection, ends, handshakes } = open();
    peer.accept();
    await turn();
    connection.destroy();
    connection.request(existsRequest('/a', false), () => {
      throw new Error('a reply after destroy()');
    });
    connection.ping();
    connection.addAuth(AUTH);
    peer.stream.destroy(new Error('late'));
    peer.stream.emit('error', new Error('later'));
    await turn();
    process.off('uncaughtException', uncaught);
    expect([peer.writes.length, ends, handshakes, uncaught.mock.calls]).toEqual([1, [], [], []]);
  });

  it('names the reason of the stream when it breaks', async () => {
    const { peer, ends } = open();
    peer.stream.destroy(new Error('connect ECONNREFUSED'));
    await turn();
    expect(ends).toEqual([{ kind: 'failed', cause: new Error('connect ECONNREFUSED') }]);
  });
});
