import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { eventually } from '../../../testing/eventually.js';
import { RawSession } from '../../../testing/raw-session.js';
import { Recorder } from '../../../testing/recorder.js';
import { scaled } from '../../../testing/time-factor.js';
import { AttackedServer } from '../../support/attacked-server.js';
import { answersIn, handshakeFrame, onFrames, requestFrame } from '../../support/hostile-client.js';
import { retainedMemory } from '../../support/retained-memory.js';

const MB = 1024 * 1024;
const ACL = [{ perms: 31, scheme: 'world', id: 'anyone' }];

/** Measures the time for twenty writes and reads of another client. */
async function serviceTime({ other }: AttackedServer): Promise<number> {
  const start = performance.now();
  for (let round = 0; round < 20; round += 1) {
    await other.setData('/unwatched', String(round));
    expect(String((await other.getData('/unwatched')).data)).toBe(String(round));
  }
  return performance.now() - start;
}

async function start(): Promise<AttackedServer> {
  const attacked = await AttackedServer.start();
  await attacked.other.create('/unwatched');
  return attacked;
}

describe('a request sent byte by byte', () => {
  it('of a million bytes is answered, while other clients are served', async () => {
    await using attacked = await start();
    const client = await attacked.open();
    const frame = requestFrame(7, 'create', { path: '/slow', data: Buffer.alloc(999_900, 1), acl: ACL, flags: 0 });
    const trickling = client.trickle(frame, 100);
    expect(await serviceTime(attacked)).toBeLessThan(scaled(5_000));
    await attacked.expectUndisturbed();
    await trickling;
    await client.untilLength(41 + 20 + 9);
    expect(answersIn(client.answers)).toMatchObject([{ xid: 7, error: 0 }]);
    expect((await attacked.other.getData('/slow')).data).toEqual(Buffer.alloc(999_900, 1));
    expect(attacked.warnings).toEqual([]);
  });
});

describe('thousands of connections', () => {
  const open = (port: number): Promise<Socket> =>
    new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1' });
      socket.on('connect', () => resolve(socket));
      socket.on('error', reject);
      socket.resume();
    });

  it('that send nothing or half a handshake do not delay other clients (5,000)', async () => {
    await using attacked = await start();
    const { port } = attacked.server;
    const before = await retainedMemory();
    const sockets: Socket[] = [];
    for (let round = 0; round < 10; round += 1) {
      sockets.push(...(await Promise.all(Array.from({ length: 500 }, () => open(port)))));
    }
    for (const socket of sockets.slice(2_500)) socket.write(handshakeFrame().subarray(0, 30));
    await attacked.expectConnections(5_000);
    // Both ends of each connection are in this process.
    expect((await retainedMemory()) - before).toBeLessThan(5_000 * 20_000);
    expect(await serviceTime(attacked)).toBeLessThan(scaled(2_000));
    await attacked.expectUndisturbed();
    for (const socket of sockets) socket.destroy();
    await attacked.expectConnections(0);
    expect(attacked.warnings).toEqual([]);
  });

  it('that open and close at any moment leave nothing behind (3,000)', async () => {
    await using attacked = await start();
    const { port } = attacked.server;
    const frame = Buffer.concat([
      handshakeFrame({ sessionTimeout: 100 }),
      requestFrame(1, 'getData', { path: '/watched', watch: true }),
      requestFrame(2, 'create', { path: '/of-the-storm-', data: Buffer.alloc(9), acl: ACL, flags: 3 }),
    ]);
    for (let round = 0; round < 30; round += 1) {
      const sockets = await Promise.all(Array.from({ length: 100 }, () => open(port)));
      for (const [index, socket] of sockets.entries()) {
        socket.write(frame.subarray(0, ((round * 100 + index) * 7) % (frame.length + 1)));
        if (index % 3 === 0) socket.resetAndDestroy();
        else if (index % 3 === 1) socket.end();
        else setImmediate(() => socket.destroy());
      }
    }
    await attacked.expectConnections(0);
    await attacked.expectWatches(0);
    await eventually(async () =>
      (await attacked.other.getChildren('/')).children.every((name) => !name.startsWith('of')),
    );
    await attacked.expectUndisturbed();
    expect(attacked.warnings).toEqual([]);
  });
});

describe('a client that does not read', () => {
  it('gets 4,000 answers of 1 MB in order once it reads', { timeout: 120_000 }, async () => {
    await using attacked = await start();
    const size = 1_000_000;
    await attacked.other.create('/large', Buffer.alloc(size, 'x'));
    const client = connect({ port: attacked.server.port, host: '127.0.0.1' });
    await once(client, 'connect');
    client.pause();
    const before = await retainedMemory();
    client.write(handshakeFrame());
    const count = 4_000;
    for (let xid = 1; xid <= count; xid += 1)
      client.write(requestFrame(xid, 'getData', { path: '/large', watch: false }));
    expect(await serviceTime(attacked)).toBeLessThan(scaled(2_000));
    await attacked.expectUndisturbed();
    expect((await retainedMemory()) - before).toBeLessThan(20 * MB);

    const frames = new Recorder<string>();
    onFrames(client, (length, xid) => frames.record(`${xid}: ${length}`));
    const expected = Array.from({ length: count + 1 }, (_, xid) => (xid === 0 ? '0: 37' : `${xid}: ${88 + size}`));
    client.resume();
    await frames.untilCount(count + 1, { within: 110_000 });
    expect(frames.items).toEqual(expected);
    expect((await retainedMemory()) - before).toBeLessThan(20 * MB);
    client.destroy();
    expect(attacked.warnings).toEqual([]);
  });

  it('gets all 300,000 events once it reads', async () => {
    await using attacked = await start();
    await attacked.other.create('/busy');
    const client = await attacked.open();
    client.send(requestFrame(1, 'addWatch', { path: '/busy', mode: 0 }));
    await client.untilLength(41 + 24);
    client.socket.pause();
    const writer = await attacked.open();
    const operation = { op: 'setData', path: '/busy', data: Buffer.alloc(1), version: -1 } as const;
    const fiveThousand = requestFrame(1, 'multi', Array<typeof operation>(5_000).fill(operation));
    for (let round = 0; round < 60; round += 1) {
      writer.chunks.clear();
      writer.send(fiveThousand);
      await writer.untilLength(20 + 5_000 * 77 + 9);
    }
    client.socket.resume();
    await client.untilLength(41 + 24 + 300_000 * 37);
    expect(answersIn(client.answers).filter(({ xid }) => xid === -1)).toHaveLength(300_000);
    await attacked.expectUndisturbed();
    expect(attacked.warnings).toEqual([]);
  });

  it('is cut, with one line in the log, when too many events pile up', { timeout: 60_000 }, async () => {
    await using attacked = await start();
    await attacked.other.create('/busy');
    const client = await attacked.open();
    client.send(requestFrame(1, 'addWatch', { path: '/busy', mode: 0 }));
    await client.untilLength(41 + 24);
    client.socket.pause();
    const before = await retainedMemory();
    const writer = await attacked.open();
    const operation = { op: 'setData', path: '/busy', data: Buffer.alloc(1), version: -1 } as const;
    const tenThousand = requestFrame(1, 'multi', Array<typeof operation>(10_000).fill(operation));
    let peak = 0;
    for (let round = 0; round < 100; round += 1) {
      writer.chunks.clear();
      writer.send(tenThousand);
      await writer.untilLength(20 + 10_000 * 77 + 9);
      if (round % 5 === 0) peak = Math.max(peak, (await retainedMemory()) - before);
    }
    expect(peak).toBeLessThan(80 * MB);
    expect((await retainedMemory()) - before).toBeLessThan(10 * MB);
    await attacked.expectWatches(0);
    client.socket.resume();
    await attacked.expectEnded(client, /^it left \d{8} bytes of events unread$/);
  });

  it('is cut, with one line in the log, when it asks for 60 GB in one request', async () => {
    await using attacked = await start();
    await attacked.other.create('/large', Buffer.alloc(1_000_000, 'x'));
    const client = await attacked.open();
    const before = await retainedMemory();
    const operations = Array.from({ length: 40_000 }, () => ({ op: 'getData', path: '/large', watch: false }) as const);
    client.send(requestFrame(7, 'multiRead', operations));
    await attacked.expectEnded(client, 'its request cannot be processed: the answer is too long to be sent');
    expect(client.answers).toHaveLength(0);
    expect((await retainedMemory()) - before).toBeLessThan(10 * MB);
  });
});

describe('a large valid request', () => {
  it('gets 200,000 children in one answer', async () => {
    await using attacked = await start();
    const client = await RawSession.open(attacked.server.port);
    await attacked.other.create('/parent');
    for (let round = 0; round < 20; round += 1) {
      const creations = Array.from({ length: 10_000 }, (_, index) => {
        const path = `/parent/child-${round * 10_000 + index}`;
        return { op: 'create', path, data: null, acl: ACL, flags: 0 } as const;
      });
      expect(await client.request('multi', creations)).toMatchObject({ error: 0 });
    }
    const { children, stat } = await attacked.bystander.getChildren('/parent');
    expect(new Set(children)).toEqual(new Set(Array.from({ length: 200_000 }, (_, index) => `child-${index}`)));
    expect(stat.numChildren).toBe(200_000);
    const greedy = await attacked.open();
    const operations = Array.from(
      { length: 40_000 },
      () => ({ op: 'getChildren', path: '/parent', watch: false }) as const,
    );
    greedy.send(requestFrame(7, 'multiRead', operations));
    await attacked.expectEnded(greedy, 'its request cannot be processed: the answer is too long to be sent');
    attacked.logger.clear();

    const reading = await attacked.connect({ reads: false });
    const before = await retainedMemory();
    reading.send(handshakeFrame());
    for (let xid = 1; xid <= 1_000; xid += 1) {
      reading.send(requestFrame(xid, 'getChildren', { path: '/parent', watch: false }));
    }
    expect(await serviceTime(attacked)).toBeLessThan(scaled(2_000));
    expect((await retainedMemory()) - before).toBeLessThan(20 * MB);
    await client.drop();
    await attacked.expectUndisturbed();
    expect(attacked.warnings).toEqual([]);
  });

  it('with an ACL of 40,000 entries does not delay other clients', async () => {
    await using attacked = await start();
    const client = await attacked.open();
    const acl = Array.from({ length: 40_000 }, (_, index) => ({ perms: 1, scheme: 'digest', id: `u:${index}` }));
    const began = performance.now();
    client.send(requestFrame(7, 'create', { path: '/guarded', data: null, acl, flags: 0 }));
    await client.untilLength(41 + 20 + 12);
    expect(performance.now() - began).toBeLessThan(scaled(1_000));
    await attacked.expectUndisturbed();
  });
});

describe('the memory of a request', () => {
  it('is that of its data, without the chunk that it arrived in', async () => {
    await using attacked = await start();
    const client = await attacked.open();
    const before = await retainedMemory();
    for (let xid = 1; xid <= 500; xid += 1) {
      client.chunks.clear();
      const small = requestFrame(xid, 'create', { path: `/small-${xid}`, data: Buffer.alloc(10), acl: ACL, flags: 0 });
      const large = requestFrame(xid, 'setData', { path: '/unwatched', data: Buffer.alloc(60_000), version: -1 });
      client.send(Buffer.concat([small, large]));
      await client.untilLength(20 + 4 + `/small-${xid}`.length + 88);
    }
    expect((await retainedMemory()) - before).toBeLessThan(5 * MB);
    expect(attacked.warnings).toEqual([]);
  });
});
