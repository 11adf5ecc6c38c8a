import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createEventGateway, type EventGateway } from '../../../../lib/http/index.js';
import type { WireBatch, WireRequest, WireZnode } from '../../../../recipes/events/index.js';
import { KnownTree } from '../../../../recipes/remote/known-tree.js';
import { parseBatch } from '../../../../recipes/remote/parse-batch.js';
import { RemoteFilter } from '../../../../recipes/remote/remote-filters.js';
import { FakeTreeClient } from '../../../../testing/fake-tree-client.js';
import { printChange } from '../../../support/recorded-trees.js';

let client: FakeTreeClient;
let gateways: EventGateway[];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  vi.setTimerTickMode('nextTimerAsync');
  client = new FakeTreeClient();
  gateways = [];
  for (const path of ['/a', '/a/b', '/a/c']) client.tree.create(path, path);
});

afterEach(async () => {
  for (const gateway of gateways) await gateway.close();
  vi.useRealTimers();
});

function open(history?: number): EventGateway {
  const gateway = createEventGateway(client, '/a', history === undefined ? {} : { history });
  gateways.push(gateway);
  return gateway;
}

async function poll(gateway: EventGateway, request: Partial<WireRequest> = {}): Promise<WireBatch> {
  const body = JSON.stringify({ filters: null, wait: 5_000, ...request });
  const response = await gateway.handler(new Request('http://host/events', { method: 'POST', body }));
  return (await response.json()) as WireBatch;
}

/** The position of a client of another gateway that has seen everything. */
function now(): { since: string; seen: string } {
  const zxid = `${client.tree.zxid}`;
  return { since: zxid, seen: zxid };
}

/** The changes that are to be handed out. */
function take(tree: KnownTree): string[] {
  const changes: string[] = [];
  for (let next = tree.shift(); next; next = tree.shift()) {
    const change = next.kind === 'state' ? tree.take(next) : null;
    if (change) changes.push(printChange(change));
  }
  return changes;
}

const printed = ({ changes }: WireBatch): string[] =>
  changes.map((change) => printChange({ recreated: false, ...change } as never));

it('names the change since the position of the client, whatever has happened in between', async () => {
  const gateway = open();
  const { position, seen, cursor } = await poll(gateway);
  client.tree.set('/a/b', 'x');
  client.tree.create('/a/new');
  await poll(gateway, { since: position as string, seen, cursor });
  client.tree.delete('/a/c');
  client.tree.set('/a/new', 'y');
  await poll(gateway, now());
  client.tree.replace('/a/b');
  const second = await poll(gateway, { ...now(), list: true });
  const all = await poll(gateway, { since: position as string, seen, cursor });
  expect(printed(all).sort()).toEqual(['created /a/new', 'deleted /a/c', 'modified /a/b recreated']);
  expect(second.known?.map(([path]) => path).sort()).toEqual(['/a', '/a/b', '/a/new']);
});

it('G1: waits until its server is as new as the client, and shows nothing of before', async () => {
  const before = client.tree.snapshot();
  client.tree.set('/a/b', 'new');
  client.tree.delete('/a/c');
  const request = { ...now(), list: true };
  client.stale = before;
  const gateway = open();
  let syncs = 0;
  client.sync = async () => {
    syncs += 1;
    // The reports of its server come before the answer.
    client.stale = null;
    client.ping();
    client.cut();
  };
  const batch = await poll(gateway, request);
  expect(syncs).toBe(1);
  expect(BigInt(batch.position as string)).toBeGreaterThanOrEqual(BigInt(request.seen));
  expect(batch.known?.map(([path]) => path).sort()).toEqual(['/a', '/a/b']);
});

it('G1: finds znodes that another gateway has shown, and that came and went here unnoticed', async () => {
  const gateway = open();
  await poll(gateway);
  const tree = new KnownTree([new RemoteFilter('filters', {}, undefined)], undefined);
  tree.receive(parseBatch((await poll(gateway, tree.toRequest())) as never));
  let elsewhere = { since: '', seen: '' };
  client.cut(() => {
    client.tree.create('/a/short');
    elsewhere = now();
    client.tree.delete('/a/short');
    client.tree.create('/a/long');
  });
  const long = (await poll(gateway, { since: '0', seen: '0' })).changes.find(({ path }) => path === '/a/long');
  const zxid = elsewhere.since;
  const { stat } = long as WireZnode;
  const shown = { ...long, path: '/a/short', zxid, stat: { ...stat, czxid: zxid, mzxid: zxid } };
  tree.receive(parseBatch({ path: '/a', changes: [shown], position: zxid, seen: zxid, cursor: 'other.1' } as never));
  expect(take(tree)).toEqual(['created /a/short']);
  const answer = await poll(gateway, tree.toRequest());
  expect(answer).toMatchObject({ recheck: expect.any(String) });
  expect(answer).not.toHaveProperty('reset');
  expect(answer.known ?? []).toEqual([]);
  tree.receive(parseBatch(answer as never));
  expect(take(tree)).toEqual(['created /a/long', 'deleted /a/short']);
});

it('G2: needs no list while deletions are remembered, and says `reset` from the first that is forgotten', async () => {
  const gateway = open(2);
  const { position, seen } = await poll(gateway);
  const start = { since: position as string, seen };
  for (const path of ['/a/1', '/a/2', '/a/3']) client.tree.create(path);
  await poll(gateway, now());
  for (const [path, isForgotten] of [
    ['/a/1', false],
    ['/a/2', false],
    ['/a/3', true],
  ] as const) {
    client.tree.delete(path);
    await poll(gateway, now());
    expect('reset' in (await poll(gateway, start))).toBe(isForgotten);
  }
});

it('sends everything as new after a restore of the ensemble, in its own time and before it', async () => {
  const gateway = open();
  const early = client.tree.snapshot();
  const earlyZxid = client.tree.zxid;
  const { position, seen, cursor } = await poll(gateway);
  client.tree.pass(100);
  client.tree.set('/a/b', 'lost');
  client.tree.create('/a/lost');
  const late = await poll(gateway, now());
  const waiting = poll(gateway, { since: late.position as string, seen: late.seen, cursor: late.cursor });
  client.restore(early, earlyZxid + 1n);
  const restored = await waiting;
  expect(restored).toMatchObject({ reset: true, restored: true });
  expect(restored.changes.map(({ path }) => path).sort()).toEqual(['/a', '/a/b', '/a/c']);
  expect(BigInt(restored.position as string)).toBeLessThan(BigInt(late.position as string));
  const fresh = open();
  expect(await poll(fresh, { since: late.position as string, seen: late.seen })).toMatchObject({ restored: true });
  expect(await poll(gateway, { since: position as string, seen, cursor })).toMatchObject({ reset: true });
});

it('sends everything as new where another znode is at the root, whose zxids happen to be as large', async () => {
  const gateway = open();
  const { position, seen, root } = await poll(gateway);
  expect(await poll(gateway, { since: '1', seen, root: root as string })).not.toHaveProperty('restored');
  const other = await poll(gateway, { since: position as string, seen, root: `${root}1` });
  expect(other).toMatchObject({ reset: true, restored: true });
  expect(other.changes.map(({ path }) => path).sort()).toEqual(['/a', '/a/b', '/a/c']);
});

it('sends a list in parts that a poll continues by its cursor, and starts over at another gateway', async () => {
  for (let nth = 0; nth < 2_000; nth += 1) client.tree.create(`/a/${String(nth).padStart(40, '0')}`);
  const gateway = open();
  const paths = new Set<string>();
  let request: Partial<WireRequest> = { list: true };
  let batch = await poll(gateway, request);
  const first = batch;
  let parts = 1;
  for (; batch.more; parts += 1) {
    for (const [path] of batch.known ?? []) paths.add(path);
    request = { since: client.tree.zxid.toString(), seen: batch.seen, cursor: batch.cursor };
    batch = await poll(gateway, request);
    expect(batch).not.toHaveProperty('reset');
  }
  for (const [path] of batch.known ?? []) paths.add(path);
  expect(parts).toBeGreaterThan(1);
  expect(paths.size).toBe(2_003);
  const other = await poll(open(), { since: `${client.tree.zxid}`, seen: first.seen, cursor: first.cursor });
  expect('reset' in other || 'recheck' in other).toBe(true);
});
