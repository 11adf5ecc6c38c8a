import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EmbeddedZooKeeper } from '../../../lib/embedded/index.js';
import { JuteReader } from '../../../lib/protocol/jute.js';
import { connectResponse } from '../../../lib/protocol/messages.js';
import { OpCode } from '../../../lib/protocol/op-code.js';
import { fourLetterWord } from '../../../testing/four-letter-word.js';
import { RecordingLogger } from '../../../testing/recording-logger.js';
import { answersIn, frameOf, HostileClient, handshakeFrame, ints, requestFrame } from '../../support/hostile-client.js';
import { HostileStage } from '../../support/hostile-stage.js';

const LARGEST_INT = 2 ** 31 - 1;
/** jute.maxbuffer. */
const LONGEST_REQUEST = 0xfffff;

const text = (value: string): Buffer => Buffer.from(value, 'latin1');
const ACL = [{ perms: 31, scheme: 'world', id: 'anyone' }];
const CREATE = { path: '/created', data: Buffer.from('data'), acl: ACL, flags: 0 };
const TRUNCATED = 'makes no sense: the record is truncated';

interface Hostility {
  readonly name: string;
  readonly bytes: Buffer;
  readonly reason: string;
}

describe('instead of a handshake', () => {
  it.each<Hostility>([
    { name: 'a length of 0', bytes: ints(0), reason: `its handshake ${TRUNCATED}` },
    { name: 'a length of -1', bytes: ints(-1), reason: 'its handshake makes no sense: a frame of -1 bytes' },
    {
      name: 'a length of -2^31',
      bytes: ints(-(2 ** 31)),
      reason: 'its handshake makes no sense: a frame of -2147483648 bytes',
    },
    {
      name: 'a length of 2^31-1',
      bytes: ints(LARGEST_INT),
      reason: 'its handshake makes no sense: a frame of 2147483647 bytes',
    },
    {
      name: 'random bytes',
      bytes: text('\x7b\xf1\x07\x99\x2e\x00\x51'),
      reason: 'its handshake makes no sense: a frame of 2079393689 bytes',
    },
    {
      name: 'an HTTP request',
      bytes: text('GET / HTTP/1.1\r\n\r\n'),
      reason: 'its handshake makes no sense: a frame of 1195725856 bytes',
    },
    {
      name: 'a TLS hello',
      bytes: text('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'),
      reason: 'its handshake makes no sense: a frame of 369295618 bytes',
    },
    {
      name: 'four letters that are no word',
      bytes: text('quit'),
      reason: 'its handshake makes no sense: a frame of 1903520116 bytes',
    },
    {
      name: 'a handshake that is cut short',
      bytes: Buffer.concat([ints(10), Buffer.alloc(10)]),
      reason: `its handshake ${TRUNCATED}`,
    },
    {
      name: 'a handshake with a password of a length of 2^31-1',
      bytes: Buffer.concat([ints(28), Buffer.alloc(24), ints(LARGEST_INT)]),
      reason: `its handshake ${TRUNCATED}`,
    },
    {
      name: 'a handshake with a password of a length of -2',
      bytes: Buffer.concat([ints(28), Buffer.alloc(24), ints(-2)]),
      reason: 'its handshake makes no sense: a length of -2',
    },
    {
      name: 'a handshake with a password of 1 MB',
      bytes: handshakeFrame({ password: Buffer.alloc(1_000_000) }),
      reason: 'its handshake makes no sense: a frame of 1000029 bytes',
    },
    {
      name: 'a zxid that the server has not reached',
      bytes: handshakeFrame({ lastZxid: 2n ** 63n - 1n }),
      reason: 'it has seen zxid 0x7fffffffffffffff, and this server only 0x4',
    },
  ])('$name ends the connection, with one line', async ({ bytes, reason }) => {
    await using stage = await HostileStage.start();
    const client = await stage.connect();
    client.send(bytes);
    await stage.expectEnded(client, reason);
    expect(client.received).toHaveLength(0);
  });

  it.each([
    { name: 'nothing', bytes: Buffer.alloc(0) },
    { name: 'half a handshake', bytes: handshakeFrame().subarray(0, 20) },
  ])('$name, and then an end or a reset, leaves nothing behind', async ({ bytes }) => {
    await using stage = await HostileStage.start();
    const [ending, resetting] = [await stage.connect(), await stage.connect()];
    ending.send(bytes);
    resetting.send(bytes);
    await stage.expectUndisturbed();
    ending.socket.end();
    resetting.socket.resetAndDestroy();
    await stage.expectGone(ending);
    await stage.expectGone(resetting);
    await stage.expectConnections(0);
  });
});

describe('a handshake', () => {
  it('is taken byte by byte', async () => {
    await using stage = await HostileStage.start();
    const client = await stage.connect();
    await client.trickle(handshakeFrame());
    await client.untilLength(41);
    await stage.expectUndisturbed();
  });

  it.each([
    { asked: 0, granted: 200 },
    { asked: -1, granted: 200 },
    { asked: -(2 ** 31), granted: 200 },
    { asked: LARGEST_INT, granted: 60_000 },
  ])('that asks for a timeout of $asked is granted $granted ms', async ({ asked, granted }) => {
    await using stage = await HostileStage.start();
    const client = await stage.connect();
    client.send(handshakeFrame({ sessionTimeout: asked }));
    await client.untilLength(41);
    expect(connectResponse.read(new JuteReader(client.received, 4)).sessionTimeout).toBe(granted);
    await stage.expectUndisturbed();
  });

  it.each([
    { name: 'a session of -1', fields: { sessionId: -1n } },
    { name: 'a session of -2^63', fields: { sessionId: -(2n ** 63n) } },
    { name: 'a session with a password of null', fields: { sessionId: 1n, password: null } },
    { name: 'a session with a password of 900 bytes', fields: { sessionId: 1n, password: Buffer.alloc(900) } },
  ])('that asks for $name is told that there is none, and ends without a warning', async ({ fields }) => {
    await using stage = await HostileStage.start();
    const client = await stage.connect();
    client.send(handshakeFrame(fields));
    await stage.expectGone(client);
    expect(connectResponse.read(new JuteReader(client.received, 4)).sessionTimeout).toBe(0);
  });
});

describe('a four-letter word', () => {
  it('is answered byte by byte, and with more behind it', async () => {
    await using stage = await HostileStage.start();
    const client = await stage.connect();
    await client.trickle(text('ruok'));
    await client.closed;
    expect(client.received.toString()).toBe('imok');
    expect(await fourLetterWord(stage.server.port, 'ruok\r\nruok')).toBe('imok');
    expect(stage.warnings).toEqual([]);
    await stage.expectUndisturbed();
  });
});

/** Without clients that mean well, who would take the time that passes for a silence of the server. */
describe('a connection that stays', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each([
    { name: 'nothing', bytes: Buffer.alloc(0) },
    { name: 'half a length', bytes: Buffer.alloc(2) },
    { name: 'half a handshake', bytes: handshakeFrame().subarray(0, 20) },
  ])('and says $name is ended after 10 s, with one line', async ({ bytes }) => {
    const logger = new RecordingLogger();
    await using server = await EmbeddedZooKeeper.start({ logger });
    const client = await HostileClient.connect(server.port);
    client.send(bytes);
    // What comes later is accepted later.
    expect(await fourLetterWord(server.port, 'ruok')).toBe('imok');
    await vi.advanceTimersByTimeAsync(4_000);
    expect(logger.messages('warn')).toEqual([]);
    await vi.advanceTimersByTimeAsync(12_000);
    await client.closed;
    const expected = `the embedded server ended the connection of ${await client.name}: no handshake came for 10 s`;
    expect(logger.messages('warn')).toEqual([expected]);
  });

  it.each([
    { name: 'a four-letter word', open: HostileClient.connect, bytes: text('ruok'), answer: 4, warnings: 0 },
    { name: 'garbage', open: HostileClient.open, bytes: frameOf(7, 99), answer: 61, warnings: 1 },
    {
      name: 'the end of its session',
      open: HostileClient.open,
      bytes: requestFrame(7, 'closeSession', undefined),
      answer: 61,
      warnings: 0,
    },
  ])('after $name is cut after 5 s, whatever it goes on to send', async ({ open, bytes, answer, warnings }) => {
    const logger = new RecordingLogger();
    await using server = await EmbeddedZooKeeper.start({ logger });
    const client = await open(server.port, { stays: true });
    client.send(bytes);
    await client.untilLength(answer);
    client.send(Buffer.alloc(100_000));
    await vi.advanceTimersByTimeAsync(4_900);
    expect(await fourLetterWord(server.port, 'cons')).toContain(await client.name);
    await vi.advanceTimersByTimeAsync(200);
    expect(await fourLetterWord(server.port, 'cons')).not.toContain(await client.name);
    expect(logger.messages('warn')).toHaveLength(warnings);
    client.socket.destroy();
  });
});

describe('after the handshake', () => {
  it.each<Hostility>([
    { name: 'a length of 0', bytes: ints(0), reason: `what it sent ${TRUNCATED}` },
    { name: 'a length of -1', bytes: ints(-1), reason: 'what it sent makes no sense: a frame of -1 bytes' },
    {
      name: 'a length of 2^31-1',
      bytes: ints(LARGEST_INT),
      reason: 'what it sent makes no sense: a frame of 2147483647 bytes',
    },
    { name: 'half a header', bytes: ints(4, 1), reason: `what it sent ${TRUNCATED}` },
    {
      name: 'a frame above jute.maxbuffer, announced',
      bytes: ints(LONGEST_REQUEST + 1),
      reason: 'what it sent makes no sense: a frame of 1048576 bytes',
    },
    {
      name: 'a frame above jute.maxbuffer, sent in part',
      bytes: Buffer.concat([ints(LONGEST_REQUEST + 1), Buffer.alloc(500_000)]),
      reason: 'what it sent makes no sense: a frame of 1048576 bytes',
    },
    {
      name: 'a frame above jute.maxbuffer, sent in full',
      bytes: Buffer.concat([ints(LONGEST_REQUEST + 1), Buffer.alloc(LONGEST_REQUEST + 1)]),
      reason: 'what it sent makes no sense: a frame of 1048576 bytes',
    },
    {
      name: 'a four-letter word',
      bytes: text('ruok'),
      reason: 'what it sent makes no sense: a frame of 1920298859 bytes',
    },
    {
      name: 'random bytes',
      bytes: text('\xe3\xf1\x07\x99\x2e\x00\x51\x00\x00'),
      reason: 'what it sent makes no sense: a frame of -470743143 bytes',
    },
  ])('$name ends the connection unanswered, with one line', async ({ bytes, reason }) => {
    await using stage = await HostileStage.start();
    const client = await stage.open();
    client.send(bytes);
    await stage.expectEnded(client, reason);
    expect(client.answers).toHaveLength(0);
  });

  it.each([
    { name: 'another handshake', bytes: handshakeFrame(), op: 0 },
    { name: 'an operation of -1', bytes: frameOf(7, -1), op: -1 },
    { name: 'an operation of 2^31-1', bytes: frameOf(7, LARGEST_INT), op: LARGEST_INT },
  ])('$name is answered with -6 and ends the connection, with one line', async ({ bytes, op }) => {
    await using stage = await HostileStage.start();
    const client = await stage.open();
    client.send(bytes);
    await stage.expectEnded(client, `it asked for an operation ${op}, which there is not`);
    expect(answersIn(client.answers)).toMatchObject([{ error: -6 }]);
  });

  it('only what came before the garbage is done', async () => {
    await using stage = await HostileStage.start();
    const client = await stage.open();
    const before = requestFrame(1, 'create', { ...CREATE, path: '/before' });
    const after = requestFrame(3, 'create', { ...CREATE, path: '/after' });
    client.send(Buffer.concat([before, frameOf(2, OpCode.create), after]));
    await stage.expectEnded(client, `its request of operation 1 ${TRUNCATED}`);
    expect(answersIn(client.answers)).toMatchObject([
      { xid: 1, error: 0 },
      { xid: 2, error: -5 },
    ]);
    expect(await stage.other.exists('/before')).not.toBeNull();
    expect(await stage.other.exists('/after')).toBeNull();
  });

  it('an end or a reset in the middle of a request leaves nothing behind', async () => {
    await using stage = await HostileStage.start();
    const [ending, resetting] = [await stage.open(), await stage.open()];
    const half = requestFrame(1, 'create', CREATE).subarray(0, 20);
    ending.send(half);
    resetting.send(half);
    await stage.expectUndisturbed();
    ending.socket.end();
    resetting.socket.resetAndDestroy();
    await stage.expectGone(ending);
    await stage.expectGone(resetting);
    await stage.expectConnections(0);
  });

  it('a client that has half-closed gets the answers to what it sent', async () => {
    await using stage = await HostileStage.start();
    const client = await stage.open();
    const requests = Array.from({ length: 10 }, (_, xid) => requestFrame(xid, 'exists', { path: '/', watch: false }));
    client.socket.end(Buffer.concat(requests));
    await stage.expectGone(client);
    expect(answersIn(client.answers).map(({ xid, error }) => [xid, error])).toEqual(requests.map((_, xid) => [xid, 0]));
  });
});
