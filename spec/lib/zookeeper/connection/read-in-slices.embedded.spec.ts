import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { ZooKeeperClient } from '../../../../index.js';
import { SLICE } from '../../../../lib/core/limits.js';
import { EmbeddedZooKeeper } from '../../../../lib/embedded/index.js';
import { readInSlices } from '../../../../lib/zookeeper/connection/read-in-slices.js';
import { CertificateAuthority } from '../../../../testing/certificates.js';
import { turn } from '../../../../testing/passing-time.js';

const REPLIES = 300;
/** Each reply is about as long as the bytes that are read at once. */
const DATA = Buffer.alloc(64_000, 1);
/** The work on each reply takes so many ms. */
const WORK = 3;

function work(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

/** The most replies that arrived in one turn of the event loop. */
async function mostInOneTurn(client: ZooKeeperClient): Promise<number> {
  await client.create('/large', DATA);
  let most = 0;
  let inTurn = 0;
  let isOver = false;
  const count = (): void => {
    most = Math.max(most, inTurn);
    inTurn = 0;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  const read = async (): Promise<void> => {
    const { data } = await client.getData('/large');
    expect(data.equals(DATA)).toBe(true);
    inTurn += 1;
    work(WORK);
  };
  await Promise.all(Array.from({ length: REPLIES }, read));
  isOver = true;
  return most;
}

describe('replies that are there at once, each of which costs time', () => {
  it.each(['TCP', 'TLS'])('leave turns of the event loop to others: over %s', async (transport) => {
    await using ca = await CertificateAuthority.create();
    const { cert, key } = await ca.issue();
    const isTls = transport === 'TLS';
    await using server = await EmbeddedZooKeeper.start(isTls ? { tls: { cert, key } } : {});
    await using client = await new ZooKeeperClient(`localhost:${server.port}`, {
      ...(isTls && { tls: { ca: ca.cert } }),
    }).connect();
    // The last one of a slice may begin just before its end, and a reply may end in the bytes of the next one.
    expect(await mostInOneTurn(client)).toBeLessThanOrEqual(Math.ceil(SLICE.most / WORK) + 2);
  });
});

/** A stream with three bytes, each of which takes a slice. @returns the bytes that were taken */
function slow(stream: PassThrough, onByte: (byte: number) => void = () => {}): number[] {
  const taken: number[] = [];
  const take = (byte: number): void => {
    taken.push(byte);
    work(SLICE.most + 1);
    onByte(byte);
  };
  stream.on('data', (bytes: Buffer) => readInSlices(stream, () => take(bytes[0] as number)));
  for (const byte of [1, 2, 3]) stream.write(Buffer.of(byte));
  return taken;
}

describe('a stream whose bytes cost time', () => {
  it('is read to its end', async () => {
    const stream = new PassThrough();
    const ended = once(stream, 'end');
    const taken = slow(stream);
    stream.end();
    await ended;
    expect(taken).toEqual([1, 2, 3]);
  });

  it('is left alone once it is destroyed', async () => {
    const stream = new PassThrough();
    const closed = once(stream, 'close');
    const taken = slow(stream, (byte) => byte === 2 && stream.destroy());
    await closed;
    await turn();
    expect(taken).toEqual([1, 2]);
  });
});
