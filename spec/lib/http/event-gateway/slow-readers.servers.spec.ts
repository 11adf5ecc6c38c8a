import { expect } from 'vitest';
import { GatewaySocket } from '../../../support/gateway-socket.js';
import { it } from '../../../support/http-fixtures.js';

const ZNODES = 40;
const ROUNDS = 10;
const DATA = Buffer.alloc(100_000, 'x');

it('G4: a slow reader gets the newest states alone, costs no memory, and holds up nobody', async ({
  client,
  other,
  serve,
}) => {
  for (let nth = 0; nth < ZNODES; nth += 1) await other.create(`/${nth}`);
  const { url } = await serve(client, '/');
  const [slow, quick] = [await GatewaySocket.open(url), await GatewaySocket.open(url)];
  for (const socket of [slow, quick]) {
    socket.subscribe();
    await socket.messages.untilCount(1);
  }
  slow.socket.pause();
  for (let round = 0; round < ROUNDS; round += 1) {
    for (let nth = 0; nth < ZNODES; nth += 1) await other.setData(`/${nth}`, DATA);
  }
  await other.create('/last');
  await quick.messages.until(() => quick.changes.includes('created /last'));
  expect(slow.changes).toEqual([]);
  slow.socket.resume();
  await slow.messages.until(() => slow.changes.includes('created /last'));
  // The system keeps some on the way; the rest was coalesced.
  expect(slow.changes.length).toBeLessThan((ZNODES * ROUNDS) / 2);
  const versions = new Map<string, number>();
  for (const { changes = [] } of slow.messages.items) {
    for (const change of changes) {
      const version = change.type === 'deleted' ? 0 : change.stat.version;
      expect(version).toBeGreaterThanOrEqual(versions.get(change.path) ?? 0);
      versions.set(change.path, version);
    }
  }
  versions.delete('/last');
  expect(versions.size).toBe(ZNODES);
  expect(new Set(versions.values())).toEqual(new Set([ROUNDS]));
  await slow.close();
  await quick.close();
});

it('G4: a reader too slow for the deletions that are remembered gets a list in their place', async ({
  client,
  other,
  serve,
}) => {
  const count = 60;
  for (let nth = 0; nth < count; nth += 1) await other.create(`/${nth}`, DATA);
  const { url } = await serve(client, '/', { history: 5 });
  const [slow, quick] = [await GatewaySocket.open(url), await GatewaySocket.open(url)];
  quick.subscribe();
  await quick.messages.untilCount(1);
  slow.subscribe({ since: '0', list: true });
  slow.socket.pause();
  for (let nth = 0; nth < count; nth += 1) await other.setData(`/${nth}`, DATA);
  for (let nth = 0; nth < count - 1; nth += 1) await other.delete(`/${nth}`);
  // On a busy machine it is too slow for some deletions as well.
  await quick.messages.until(() => znodesKnownTo(quick).join() === `/${count - 1}`);
  slow.socket.resume();
  await slow.messages.until((all) => all.some(({ position }) => position !== undefined));
  expect(znodesKnownTo(slow)).toEqual([`/${count - 1}`]);
  await slow.close();
  await quick.close();
});

/** The znodes that there are for a client, by what it was sent. */
function znodesKnownTo({ messages }: GatewaySocket): string[] {
  const known = new Set<string>();
  for (const { reset, changes = [], known: listed = [] } of messages.items) {
    if (reset) known.clear();
    for (const [path] of listed) known.add(path);
    for (const { type, path } of changes) {
      if (type === 'deleted') known.delete(path);
      else known.add(path);
    }
  }
  return [...known].filter((path) => /^\/\d+$/.test(path));
}
