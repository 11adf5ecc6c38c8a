import { once } from 'node:events';
import { describe } from 'vitest';
import { WebSocket } from 'ws';
import type { WireChanges } from '../../recipes/blobs/faces.js';
import { collectGarbage } from '../../testing/collect-garbage.js';
import { eventually } from '../../testing/eventually.js';
import { it as withBlobs } from '../support/blob-servers.js';
import { it as withGateways } from '../support/http-fixtures.js';
import { LeftBehind } from '../support/left-behind.js';

const AT_ONCE = 50;
const ROUNDS = 4;

describe('requests for changes', () => {
  withBlobs('are let go of while they wait, and their clients are heard of still', async ({ client, serve }) => {
    const requests: WeakRef<Request>[] = [];
    const authorize = (request: Request): boolean => requests.push(new WeakRef(request)) > 0;
    const untilLetGoOf = () =>
      eventually(
        () => {
          collectGarbage();
          return requests.every((each) => each.deref() === undefined);
        },
        { describe: 'all requests collected' },
      );
    const { url, storage } = await serve(client, { authorize, maxWaiters: AT_ONCE });
    const ask = async (query: string, signal?: AbortSignal): Promise<WireChanges | null> => {
      const response = await fetch(`${url}watch?id=a${query}`, signal ? { signal } : {}).catch(() => null);
      return response && ((await response.json()) as WireChanges);
    };
    const isFull = async (): Promise<boolean> => (await fetch(`${url}watch?id=a&wait=0`)).status === 503;
    let known = await ask('');
    for (let round = 0; round < ROUNDS; round += 1) {
      const since = `&since=${known?.position}&cursor=${known?.cursor}`;
      const leaving = new AbortController();
      const polls = Array.from({ length: AT_ONCE }, (_, index) =>
        ask(since, index % 2 === 0 ? leaving.signal : undefined),
      );
      await eventually(isFull, { describe: 'all requests waiting' });
      await untilLetGoOf();
      leaving.abort();
      await eventually(async () => !(await isFull()), { describe: 'the places of those who have left' });
      await storage.put('a', `${round}`);
      known = (await Promise.all(polls)).at(-1) ?? null;
    }
  });
});

describe('sockets', () => {
  withGateways('that come and go leave nothing behind', async ({ client, serve }) => {
    await client.create('/node');
    const left = new LeftBehind();
    const { url } = await serve(client, '/node', { authorize: (request) => left.note(request) !== null });
    const comeAndGo = async (): Promise<void> => {
      const socket = new WebSocket(url.replace('http', 'ws'));
      await once(socket, 'open');
      const heard = once(socket, 'message');
      socket.send(JSON.stringify({ op: 'subscribe', id: 1 }));
      await heard;
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    };
    for (let round = 0; round < ROUNDS; round += 1) await Promise.all(Array.from({ length: AT_ONCE }, comeAndGo));
    await left.untilNothing();
  });
});
