import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import { REMOTE } from '../../../recipes/remote/limits.js';
import { Recorder } from '../../../testing/recorder.js';
import { replaceProperty } from '../../../testing/replace-property.js';
import { it } from '../../support/http-fixtures.js';
import { recordRemote } from '../../support/remote-subscriptions.js';

const retry = { minDelay: 1, maxDelay: 20 };

it('keeps nothing of a filter that came and went, and settles the call for one that waits when it is closed', async ({
  client,
  serve,
}) => {
  const { url } = await serve(client, '/');
  const { subscription } = recordRemote(url);
  await subscription.ready;
  const kept = vi.spyOn(subscription.closed, 'then');
  await subscription.subscribe({ path: '/a' });
  await subscription.unsubscribe({ path: '/a' });
  expect(kept).not.toHaveBeenCalled();
  const waiting = expect(subscription.subscribe({ path: '/b' })).rejects.toMatchObject({ code: 'WATCH_STOPPED' });
  await subscription.close();
  await waiting;
});

it('leaves a socket that brings signs of life, and never an answer to a filter that was added', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  const asked = new Recorder<string>();
  let sockets = 0;
  server.on('connection', (socket) => {
    sockets += 1;
    const nth = sockets;
    const living = setInterval(() => socket.send('{}'), 20);
    socket.on('close', () => clearInterval(living));
    socket.on('message', (data) => {
      const { id, filters } = JSON.parse(String(data));
      asked.record(`${filters.length} at socket ${nth}`);
      const isAnswered = nth > 1 || filters.length === 1;
      const answer = { id, path: '/', changes: [], position: '1', seen: '1', cursor: 'c.1' };
      if (isAnswered) socket.send(JSON.stringify(answer));
    });
  });
  await once(server, 'listening');
  const restore = replaceProperty(REMOTE, 'silentAfter', 200);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`;
  const { subscription } = recordRemote(url, { retry, filters: { path: '/a' } });
  await subscription.ready;
  await subscription.subscribe({ path: '/b' });
  restore();
  expect(asked.items).toEqual(['1 at socket 1', '2 at socket 1', '2 at socket 2']);
  await subscription.close();
  server.close();
});
