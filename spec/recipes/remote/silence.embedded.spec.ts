import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { REMOTE } from '../../../recipes/remote/limits.js';
import { subscribe } from '../../../recipes/remote/subscribe.js';
import { eventually } from '../../../testing/eventually.js';
import { replaceProperty } from '../../../testing/replace-property.js';
import { LeftBehind } from '../../support/left-behind.js';
import { recordRemote } from '../../support/remote-subscriptions.js';

const retry = { minDelay: 1, maxDelay: 20 };
const ends: (() => unknown)[] = [];

afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** A gateway that answers each subscription, and says something after each of so many ms. */
async function gateway(every: number) {
  const server = createServer();
  let sockets = 0;
  new WebSocketServer({ server }).on('connection', (socket) => {
    sockets += 1;
    const timer = setInterval(() => socket.send('{}'), every);
    socket.on('close', () => clearInterval(timer));
    socket.on('message', (message) => {
      const { id } = JSON.parse(String(message));
      socket.send(JSON.stringify({ id, path: '/', changes: [], position: '1', seen: '1', cursor: 'c' }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  ends.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  return { server, url: `http://127.0.0.1:${port}/events`, sockets: () => sockets };
}

it('a subscription leaves no timer and no socket behind, also when it is closed before it has a socket', async () => {
  const { url, server } = await gateway(60_000);
  const left = new LeftBehind();
  await subscribe(url, null, () => {}).close();
  const subscription = subscribe(url, null, () => {});
  await subscription.ready;
  await subscription.close();
  await eventually(() => new Promise<boolean>((resolve) => server.getConnections((_, count) => resolve(count === 0))));
  await left.untilNothing();
});

it('a socket is kept while something comes now and then, and made anew when nothing comes', async () => {
  ends.push(replaceProperty(REMOTE, 'silentAfter', 100));
  const talking = await gateway(20);
  const { subscription, errors } = recordRemote(talking.url, { retry });
  await subscription.ready;
  const silent = await gateway(60_000);
  const other = recordRemote(silent.url, { retry });
  await other.events.untilCount(2);
  expect(other.events.items).toEqual(['resynced', 'resynced']);
  expect(other.errors.items[0]).toMatchObject({ message: expect.stringContaining('is silent') });
  expect([errors.items, talking.sockets()]).toEqual([[], 1]);
  for (const each of [subscription, other.subscription]) await each.close();
});
