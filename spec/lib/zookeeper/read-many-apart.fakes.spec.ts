import { describe, expect, it } from 'vitest';
import { InvalidArgumentError, ReplyTooLargeError } from '../../../index.js';
import { CLIENT, SESSION } from '../../../lib/core/limits.js';
import { ServerCode } from '../../../lib/protocol/server-code.js';
import { REPLY_TOO_LARGE } from '../../../lib/zookeeper/connection/connection.js';
import type { FakeRequest } from '../../../testing/fake-connector.js';
import { turn } from '../../../testing/passing-time.js';
import { close, connected, Player, pathOf, paths, pathsOf, STAT, znode } from '../../support/played-reads.js';

const { singlesAtOnce, rounds } = CLIENT.readMany;

describe('readMany() with limits of sizes', () => {
  it('sends no request above maxRequestSize', async () => {
    const { client, network, player } = await connected({ maxRequestSize: 1_024 });
    const long = Array.from({ length: 40 }, (_, nth) => `/${String(nth).padStart(200, 'n')}`);
    const reading = client.readMany(long);
    await turn();
    await player.answerAll();
    expect(Math.max(...player.all.map(({ frame }) => frame.length - 4))).toBeLessThanOrEqual(1_024);
    expect(new Set(player.all.map(({ name }) => name))).toEqual(new Set(['multiRead']));
    expect(await reading).toEqual(long.map(znode));
    await close(client, network);
  });

  it('reads a znode singly whose path is too long for a MultiRead, and has the error for one too long for any', async () => {
    const { client, network, player } = await connected({ maxRequestSize: 1_024 });
    const [singly, never] = [`/${'s'.repeat(1_004)}`, `/${'n'.repeat(1_100)}`];
    const reading = client.readMany(['/a', singly, never]);
    await turn();
    await player.answerAll();
    expect(player.all.map(({ name }) => name).toSorted()).toEqual(['getChildren', 'getData', 'multiRead']);
    expect(await reading).toEqual([znode('/a'), znode(singly), expect.any(InvalidArgumentError)]);
    await close(client, network);
  });

  it('asks for halves where a reply was too large, and has the error of a znode that is too large by itself', async () => {
    const { client, network, player } = await connected();
    const reading = client.readMany(paths(8));
    await turn();
    const tooLarge = new Set(['/n5']);
    while (player.waiting.length > 0) {
      const [request] = player.waiting as [FakeRequest];
      const asked = request.name === 'multiRead' ? pathsOf(request) : [pathOf(request)];
      const isTooLarge = request.name !== 'getChildren' && asked.some((path) => tooLarge.has(path));
      await (isTooLarge ? player.refuse(REPLY_TOO_LARGE) : player.answer());
    }
    const sizes = player.all.filter(({ name }) => name === 'multiRead').map((request) => pathsOf(request).length);
    expect(sizes).toEqual([8, 4, 4, 2, 1, 1, 2]);
    const expected = paths(8).map((path) => (tooLarge.has(path) ? expect.any(ReplyTooLargeError) : znode(path)));
    expect(await reading).toEqual(expected);
    await close(client, network);
  });
});

describe('readMany() without MultiRead', () => {
  it('reads by getData and getChildren at a server that does not know it, whose answer ends the connection', async () => {
    const { client, network, player } = await connected();
    const reading = client.readMany(paths(100));
    await turn();
    await player.refuse(ServerCode.UNIMPLEMENTED);
    player.connection.end('failed');
    const second = new Player(await network.connection(2));
    await second.connection.requests.untilCount(10);
    await second.answerAll();
    expect(new Set(second.all.map(({ name }) => name))).toEqual(new Set(['getData', 'getChildren']));
    expect(await reading).toEqual(paths(100).map(znode));

    const again = client.readMany(paths(2));
    await turn();
    expect(second.waiting.map(({ name }) => name)).toEqual(['getData', 'getChildren', 'getData', 'getChildren']);
    await second.answerAll();
    expect(await again).toEqual(paths(2).map(znode));
    expect(network.connections.items).toHaveLength(2);
    await close(client, network);
  });

  it('asks another server for it all the same', async () => {
    const { client, network, player } = await connected({}, 'a:1,b:2');
    const reading = client.readMany(paths(2));
    await turn();
    await player.refuse(ServerCode.UNIMPLEMENTED);
    await turn();
    await player.answerAll();
    expect(await reading).toEqual(paths(2).map(znode));
    for (let nth = 2; ; nth += 1) {
      network.last.end('failed');
      const next = new Player(await network.connection(nth));
      await turn();
      const again = client.readMany(paths(1));
      await next.connection.requests.untilCount(1);
      const isSame = next.connection.server === player.connection.server;
      expect(next.all[0]?.name).toBe(isSame ? 'getData' : 'multiRead');
      await next.answerAll();
      await again;
      if (!isSame) break;
    }
    await close(client, network);
  });

  it('counts a server that hangs up on each of the first few as one that does not know it', async () => {
    const { client, network } = await connected();
    const reading = client.readMany(paths(1));
    for (let nth = 1; nth <= SESSION.hangUps.multiRead; nth += 1) {
      const connection = await network.connection(nth);
      await connection.requests.untilCount(1);
      expect(connection.requests.items[0]?.name).toBe('multiRead');
      connection.end('failed');
    }
    const player = new Player(await network.connection(SESSION.hangUps.multiRead + 1));
    await player.connection.requests.untilCount(2);
    await player.answerAll();
    expect(player.all.map(({ name }) => name)).toEqual(['getData', 'getChildren']);
    expect(await reading).toEqual([znode('/n0')]);
    await close(client, network);
  });

  it('with data: false reads by getChildren alone, so many at once', async () => {
    const { client, network, player } = await connected();
    const reading = client.readMany(paths(1_000), { data: false });
    await turn();
    let most = 0;
    while (player.waiting.length > 0) {
      most = Math.max(most, player.waiting.length);
      await player.answer();
    }
    expect(most).toBe(singlesAtOnce);
    expect(new Set(player.all.map(({ name }) => name))).toEqual(new Set(['getChildren']));
    const read = await reading;
    expect(read).toHaveLength(1_000);
    expect(read[0]).toEqual({ data: Buffer.alloc(0), stat: STAT, children: [] });
    await close(client, network);
  });

  it('has the error of each znode in its place', async () => {
    const { client, network, player } = await connected();
    player.outcomeOf = (path) => (path === '/n1' ? ServerCode.NO_NODE : znode(path));
    const reading = client.readMany(paths(3), { data: false });
    await turn();
    await player.answerAll();
    expect(await reading).toMatchObject([{ stat: STAT }, { code: 'NO_NODE', path: '/n1' }, { stat: STAT }]);
    await close(client, network);
  });
});

describe('readMany() of a znode that changes between the reads of its parts', () => {
  it('reads it again, and the others not', async () => {
    const { client, network, player } = await connected();
    let times = 3;
    player.outcomeOf = (path) => (path === '/n1' && times-- > 0 ? null : znode(path));
    const reading = client.readMany(paths(3));
    await turn();
    await player.answerAll();
    expect(player.all.map(pathsOf)).toEqual([['/n0', '/n1', '/n2'], ['/n1'], ['/n1'], ['/n1']]);
    expect(await reading).toEqual(paths(3).map(znode));
    await close(client, network);
  });

  it('also where data and children are read singly', async () => {
    const { client, network, player } = await connected();
    const reading = client.readMany(['/a']);
    await turn();
    await player.refuse(ServerCode.UNIMPLEMENTED);
    const old = { ...STAT, pzxid: 1n, numChildren: 0 };
    const now = { ...STAT, pzxid: 2n, numChildren: 1 };
    for (const [stats] of [[[old, now]], [[now, now]]] as const) {
      const [data, children] = player.all.slice(-2);
      data?.answer({ data: Buffer.from('x'), stat: stats[0] });
      children?.answer({ children: ['b'], stat: stats[1] });
      await turn();
    }
    expect(await reading).toEqual([{ data: Buffer.from('x'), stat: now, children: ['b'] }]);
    expect(player.all).toHaveLength(5);
    await close(client, network);
  });

  it('gives up after some rounds, with an error in its place', async () => {
    const { client, network, player } = await connected();
    player.outcomeOf = (path) => (path === '/n1' ? null : znode(path));
    const reading = client.readMany(paths(2));
    await turn();
    await player.answerAll();
    expect(player.all).toHaveLength(rounds);
    expect(await reading).toMatchObject([
      znode('/n0'),
      { code: 'DATA_INCONSISTENCY', path: '/n1', message: expect.stringContaining('/n1') },
    ]);
    await close(client, network);
  });
});
