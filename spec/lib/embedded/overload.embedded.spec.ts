import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { eventually } from '../../../testing/eventually.js';
import { RawSession } from '../../../testing/raw-session.js';
import { Recorder } from '../../../testing/recorder.js';
import { scaled } from '../../../testing/time-factor.js';
import { answersIn, handshakeFrame, onFrames, requestFrame } from '../../support/hostile-client.js';
import { HostileStage } from '../../support/hostile-stage.js';
import { retainedMemory } from '../../support/retained-memory.js';

const MB = 1024 * 1024;
const ACL = [{ perms: 31, scheme: 'world', id: 'anyone' }];

/** How long it takes to write and read a few times. */
async function serviceTime({ other }: HostileStage): Promise<number> {
  const start = performance.now();
  for (let round = 0; round < 20; round += 1) {
    await other.setData('/watched-by-none', String(round));
    expect(String((await other.getData('/watched-by-none')).data)).toBe(String(round));
  }
  return performance.now() - start;
}

async function start(): Promise<HostileStage> {
  const stage = await HostileStage.start();
  await stage.other.create('/watched-by-none');
  return stage;
}

describe('a million bytes, one by one', () => {
  it('make up a request that is answered, while others are served', async () => {
    await using stage = await start();
    const client = await stage.open();
    const frame = requestFrame(7, 'create', { path: '/slow', data: Buffer.alloc(999_900, 1), acl: ACL, flags: 0 });
    const trickling = client.trickle(frame, 100);
    expect(await serviceTime(stage)).toBeLessThan(scaled(5_000));
    await stage.expectUndisturbed();
    await trickling;
    await client.untilLength(41 + 20 + 9);
    expect(answersIn(client.answers)).toMatchObject([{ xid: 7, error: 0 }]);
    expect((await stage.other.getData('/slow')).data).toEqual(Buffer.alloc(999_900, 1));
    expect(stage.warnings).toEqual([]);
  });
});

describe('connections by the thousand', () => {
  const open = (port: number): Promise<Socket> =>
    new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1' });
      socket.on('connect', () => resolve(socket));
      socket.on('error', reject);
      socket.resume();
    });

  it('5,000 that say nothing, or half a handshake, hold nobody up', async () => {
    await using stage = await start();
    const { port } = stage.server;
    const before = await retainedMemory();
    const sockets: Socket[] = [];
    for (let round = 0; round < 10; round += 1) {
      sockets.push(...(await Promise.all(Array.from({ length: 500 }, () => open(port)))));
    }
    for (const socket of sockets.slice(2_500)) socket.write(handshakeFrame().subarray(0, 30));
    await stage.expectConnections(5_000);
    // Both ends of each are in this process.
    expect((await retainedMemory()) - before).toBeLessThan(5_000 * 20_000);
    expect(await serviceTime(stage)).toBeLessThan(scaled(2_000));
    await stage.expectUndisturbed();
    for (const socket of sockets) socket.destroy();
    await stage.expectConnections(0);
    expect(stage.warnings).toEqual([]);
  });

  it('3,000 that come and go at any moment leave nothing', async () => {
    await using stage = await start();
    const { port } = stage.server;
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
    await stage.expectConnections(0);
    await stage.expectWatches(0);
    await eventually(async () => (await stage.other.getChildren('/')).children.every((name) => !name.startsWith('of')));
    await stage.expectUndisturbed();
    expect(stage.warnings).toEqual([]);
  });
});

describe('a client that does not read', () => {
  it('10,000 answers of 1 MB wait until it does, and come in order', { timeout: 120_000 }, async () => {
    await using stage = await start();
    const size = 1_000_000;
    await stage.other.create('/large', Buffer.alloc(size, 'x'));
    const client = connect({ port: stage.server.port, host: '127.0.0.1' });
    await once(client, 'connect');
    client.pause();
    const before = await retainedMemory();
    client.write(handshakeFrame());
    const count = 10_000;
    for (let xid = 1; xid <= count; xid += 1)
      client.write(requestFrame(xid, 'getData', { path: '/large', watch: false }));
    expect(await serviceTime(stage)).toBeLessThan(scaled(2_000));
    await stage.expectUndisturbed();
    expect((await retainedMemory()) - before).toBeLessThan(20 * MB);

    const frames = new Recorder<string>();
    onFrames(client, (length, xid) => frames.record(`${xid}: ${length}`));
    const expected = Array.from({ length: count + 1 }, (_, xid) => (xid === 0 ? '0: 37' : `${xid}: ${88 + size}`));
    client.resume();
    await frames.untilCount(count + 1, { within: 110_000 });
    expect(frames.items).toEqual(expected);
    expect((await retainedMemory()) - before).toBeLessThan(20 * MB);
    client.destroy();
    expect(stage.warnings).toEqual([]);
  });

  it('300,000 events wait until it does, and then come all', async () => {
    await using stage = await start();
    await stage.other.create('/busy');
    const client = await stage.open();
    client.send(requestFrame(1, 'addWatch', { path: '/busy', mode: 0 }));
    await client.untilLength(41 + 24);
    client.socket.pause();
    const writer = await stage.open();
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
    await stage.expectUndisturbed();
    expect(stage.warnings).toEqual([]);
  });

  it('a watch whose events pile up ends the connection, with one line', { timeout: 60_000 }, async () => {
    await using stage = await start();
    await stage.other.create('/busy');
    const client = await stage.open();
    client.send(requestFrame(1, 'addWatch', { path: '/busy', mode: 0 }));
    await client.untilLength(41 + 24);
    client.socket.pause();
    const before = await retainedMemory();
    const writer = await stage.open();
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
    await stage.expectWatches(0);
    client.socket.resume();
    await stage.expectEnded(client, /^it leaves \d{8} bytes of events unread$/);
  });

  it('a few bytes that ask for 60 GB end the connection, with one line', async () => {
    await using stage = await start();
    await stage.other.create('/large', Buffer.alloc(1_000_000, 'x'));
    const client = await stage.open();
    const before = await retainedMemory();
    const operations = Array.from({ length: 40_000 }, () => ({ op: 'getData', path: '/large', watch: false }) as const);
    client.send(requestFrame(7, 'multiRead', operations));
    await stage.expectEnded(client, 'its request cannot be processed: the answer is too long to be sent');
    expect(client.answers).toHaveLength(0);
    expect((await retainedMemory()) - before).toBeLessThan(10 * MB);
  });
});

describe('what is large and right', () => {
  it('200,000 children come in one answer', async () => {
    await using stage = await start();
    const client = await RawSession.open(stage.server.port);
    await stage.other.create('/parent');
    for (let round = 0; round < 20; round += 1) {
      const creations = Array.from({ length: 10_000 }, (_, index) => {
        const path = `/parent/child-${round * 10_000 + index}`;
        return { op: 'create', path, data: null, acl: ACL, flags: 0 } as const;
      });
      expect(await client.request('multi', creations)).toMatchObject({ error: 0 });
    }
    const { children, stat } = await stage.bystander.getChildren('/parent');
    expect(new Set(children)).toEqual(new Set(Array.from({ length: 200_000 }, (_, index) => `child-${index}`)));
    expect(stat.numChildren).toBe(200_000);
    const greedy = await stage.open();
    const operations = Array.from(
      { length: 40_000 },
      () => ({ op: 'getChildren', path: '/parent', watch: false }) as const,
    );
    greedy.send(requestFrame(7, 'multiRead', operations));
    await stage.expectEnded(greedy, 'its request cannot be processed: the answer is too long to be sent');
    stage.logger.clear();

    const reading = await stage.connect({ reads: false });
    const before = await retainedMemory();
    reading.send(handshakeFrame());
    for (let xid = 1; xid <= 1_000; xid += 1) {
      reading.send(requestFrame(xid, 'getChildren', { path: '/parent', watch: false }));
    }
    expect(await serviceTime(stage)).toBeLessThan(scaled(2_000));
    expect((await retainedMemory()) - before).toBeLessThan(20 * MB);
    await client.drop();
    await stage.expectUndisturbed();
    expect(stage.warnings).toEqual([]);
  });

  it('an ACL of 40,000 entries holds nobody up', async () => {
    await using stage = await start();
    const client = await stage.open();
    const acl = Array.from({ length: 40_000 }, (_, index) => ({ perms: 1, scheme: 'digest', id: `u:${index}` }));
    const began = performance.now();
    client.send(requestFrame(7, 'create', { path: '/guarded', data: null, acl, flags: 0 }));
    await client.untilLength(41 + 20 + 12);
    expect(performance.now() - began).toBeLessThan(scaled(1_000));
    await stage.expectUndisturbed();
  });
});

describe('what is kept of a request', () => {
  it('is its data, and not the chunk that it came in', async () => {
    await using stage = await start();
    const client = await stage.open();
    const before = await retainedMemory();
    for (let xid = 1; xid <= 500; xid += 1) {
      client.chunks.clear();
      const small = requestFrame(xid, 'create', { path: `/small-${xid}`, data: Buffer.alloc(10), acl: ACL, flags: 0 });
      const large = requestFrame(xid, 'setData', { path: '/watched-by-none', data: Buffer.alloc(60_000), version: -1 });
      client.send(Buffer.concat([small, large]));
      await client.untilLength(20 + 4 + `/small-${xid}`.length + 88);
    }
    expect((await retainedMemory()) - before).toBeLessThan(5 * MB);
    expect(stage.warnings).toEqual([]);
  });
});
