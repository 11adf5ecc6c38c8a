import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EmbeddedZooKeeper } from '../../../lib/embedded/index.js';
import { JuteReader } from '../../../lib/protocol/jute.js';
import { connectResponseRecord } from '../../../lib/protocol/messages.js';
import { fourLetterWord } from '../../../testing/four-letter-word.js';
import { RecordingLogger } from '../../../testing/recording-logger.js';
import { frameOf, HostileClient, handshakeFrame, ints, requestFrame } from '../../support/hostile-client.js';
import { attack, type Hostility, LARGEST_INT, TRUNCATED, text } from '../../support/hostility.js';

const DAY = 24 * 60 * 60 * 1_000;

describe('in place of a handshake', () => {
  attack.for<Hostility>([
    { name: 'a length of 0', bytes: ints(0), reason: `its handshake ${TRUNCATED}` },
    { name: 'a length of -1', bytes: ints(-1), reason: 'its handshake is malformed: a frame of -1 bytes' },
    {
      name: 'a length of -2^31',
      bytes: ints(-(2 ** 31)),
      reason: 'its handshake is malformed: a frame of -2147483648 bytes',
    },
    {
      name: 'a length of 2^31-1',
      bytes: ints(LARGEST_INT),
      reason: 'its handshake is malformed: a frame of 2147483647 bytes',
    },
    {
      name: 'random bytes',
      bytes: text('\x7b\xf1\x07\x99\x2e\x00\x51'),
      reason: 'its handshake is malformed: a frame of 2079393689 bytes',
    },
    {
      name: 'an HTTP request',
      bytes: text('GET / HTTP/1.1\r\n\r\n'),
      reason: 'its handshake is malformed: a frame of 1195725856 bytes',
    },
    {
      name: 'a TLS hello',
      bytes: text('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'),
      reason: 'its handshake is malformed: a frame of 369295618 bytes',
    },
    {
      name: 'four letters that are no word',
      bytes: text('quit'),
      reason: 'its handshake is malformed: a frame of 1903520116 bytes',
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
      reason: 'its handshake is malformed: a length of -2',
    },
    {
      name: 'a handshake with a password of 1 MB',
      bytes: handshakeFrame({ password: Buffer.alloc(1_000_000) }),
      reason: 'its handshake is malformed: a frame of 1000029 bytes',
    },
    {
      name: 'a zxid that the server has not reached',
      bytes: handshakeFrame({ lastZxid: 2n ** 63n - 1n }),
      reason: 'it has seen zxid 0x7fffffffffffffff, but this server is at 0x4',
    },
  ])('$name ends the connection, with one line in the log', async ({ bytes, reason }, { attacked }) => {
    const client = await attacked.connect();
    client.send(bytes);
    await attacked.expectEnded(client, reason);
    expect(client.received).toHaveLength(0);
  });

  attack.for([
    { name: 'nothing', bytes: Buffer.alloc(0) },
    { name: 'half a handshake', bytes: handshakeFrame().subarray(0, 20) },
  ])('$name followed by an end or a reset leaves nothing behind', async ({ bytes }, { attacked }) => {
    const [ending, resetting] = [await attacked.connect(), await attacked.connect()];
    ending.send(bytes);
    resetting.send(bytes);
    await attacked.expectUndisturbed();
    ending.socket.end();
    resetting.socket.resetAndDestroy();
    await attacked.expectGone(ending);
    await attacked.expectGone(resetting);
    await attacked.expectConnections(0);
  });
});

describe('a handshake', () => {
  attack('may arrive byte by byte', async ({ attacked }) => {
    const client = await attacked.connect();
    await client.trickle(handshakeFrame());
    await client.untilLength(41);
    await attacked.expectUndisturbed();
  });

  attack.for([
    { asked: 0, granted: 200 },
    { asked: -1, granted: 200 },
    { asked: -(2 ** 31), granted: 200 },
    { asked: LARGEST_INT, granted: 60_000 },
  ])('that asks for a timeout of $asked ms is granted $granted ms', async ({ asked, granted }, { attacked }) => {
    const client = await attacked.connect();
    client.send(handshakeFrame({ sessionTimeout: asked }));
    await client.untilLength(41);
    expect(connectResponseRecord.read(new JuteReader(client.received, 4)).sessionTimeout).toBe(granted);
    await attacked.expectUndisturbed();
  });

  attack.for([
    { name: 'a session of -1', fields: { sessionId: -1n } },
    { name: 'a session of -2^63', fields: { sessionId: -(2n ** 63n) } },
    { name: 'a session with a password of null', fields: { sessionId: 1n, password: null } },
    { name: 'a session with a password of 900 bytes', fields: { sessionId: 1n, password: Buffer.alloc(900) } },
  ])('that asks for $name is refused, and the connection ends without a warning', async ({ fields }, { attacked }) => {
    const client = await attacked.connect();
    client.send(handshakeFrame(fields));
    await attacked.expectGone(client);
    expect(connectResponseRecord.read(new JuteReader(client.received, 4)).sessionTimeout).toBe(0);
  });
});

describe('a four-letter word', () => {
  attack('is answered when it arrives byte by byte, and when more bytes follow', async ({ attacked }) => {
    const client = await attacked.connect();
    await client.trickle(text('ruok'));
    await client.closed;
    expect(client.received.toString()).toBe('imok');
    expect(await fourLetterWord(attacked.server.port, 'ruok\r\nruok')).toBe('imok');
    expect(attacked.warnings).toEqual([]);
    await attacked.expectUndisturbed();
  });
});

/** Without well-behaved clients, which would take the simulated time for a silence of the server. */
describe('a connection that its client keeps open', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each([
    { name: 'nothing', bytes: Buffer.alloc(0) },
    { name: 'half a length', bytes: Buffer.alloc(2) },
    { name: 'half a handshake', bytes: handshakeFrame().subarray(0, 20) },
  ])('and on which it sends $name is cut after 10 s, with one line in the log', async ({ bytes }) => {
    const logger = new RecordingLogger();
    await using server = await EmbeddedZooKeeper.start({ logger });
    const client = await HostileClient.connect(server.port);
    client.send(bytes);
    // The answer shows that the connection before it was accepted.
    expect(await fourLetterWord(server.port, 'ruok')).toBe('imok');
    await vi.advanceTimersByTimeAsync(4_000);
    expect(logger.messages('warn')).toEqual([]);
    await vi.advanceTimersByTimeAsync(12_000);
    await client.closed;
    const expected = `the embedded server ended the connection of ${await client.name}: no handshake came for 10 s`;
    expect(logger.messages('warn')).toEqual([expected]);
  });

  it('and whose handshake is to come is not cut because the clock is set', async () => {
    const logger = new RecordingLogger();
    await using server = await EmbeddedZooKeeper.start({ logger });
    const client = await HostileClient.connect(server.port);
    expect(await fourLetterWord(server.port, 'ruok')).toBe('imok');
    vi.setSystemTime(Date.now() + DAY);
    await vi.advanceTimersByTimeAsync(6_000);
    client.send(handshakeFrame());
    await client.untilLength(41);
    expect(logger.messages('warn')).toEqual([]);
    client.socket.destroy();
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
  ])('after $name is cut after 5 s, even if more bytes arrive', async ({ open, bytes, answer, warnings }) => {
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
