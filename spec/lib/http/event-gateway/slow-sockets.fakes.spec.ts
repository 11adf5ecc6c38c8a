import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { WebSocket } from 'ws';
import { LastingTrouble } from '../../../../lib/core/lasting-trouble.js';
import type { GatewayContext } from '../../../../lib/http/event-gateway/gateway-context.js';
import { GATEWAY } from '../../../../lib/http/event-gateway/limits.js';
import { Origins } from '../../../../lib/http/event-gateway/origins.js';
import { SocketSession } from '../../../../lib/http/event-gateway/socket-session.js';
import { TreeFeed } from '../../../../lib/http/event-gateway/tree-feed.js';
import { FakeTreeClient } from '../../../../testing/fake-tree-client.js';
import { pass } from '../../../../testing/passing-time.js';
import { RecordingLogger } from '../../../../testing/recording-logger.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A socket behind a system that takes all at once, and a client that reads and answers one after the other. */
class SlowSocket extends EventEmitter {
  readonly bufferedAmount = 0;
  isTerminated = false;
  readonly read: string[] = [];
  readonly #rate: number;
  #reading: Promise<unknown> = Promise.resolve();

  /** @param rate characters that the client reads in a second; 0: it is gone */
  constructor(rate: number) {
    super();
    this.#rate = rate;
  }

  send(text: string, sent: () => void): void {
    queueMicrotask(sent);
    this.#take(text.length, () => this.read.push(text));
  }

  ping(): void {
    this.#take(1, () => this.emit('pong'));
  }

  pause(): void {}

  resume(): void {}

  close(): void {
    this.emit('close');
  }

  terminate(): void {
    this.isTerminated = true;
    this.emit('close');
  }

  #take(length: number, done: () => unknown): void {
    if (this.#rate === 0) return;
    this.#reading = this.#reading
      .then(() => new Promise((resolve) => setTimeout(resolve, (length / this.#rate) * 1_000)))
      .then(() => !this.isTerminated && done());
  }
}

function begin(client: FakeTreeClient, socket: SlowSocket): TreeFeed {
  const trouble = new LastingTrouble(new RecordingLogger());
  const origins = new Origins(undefined);
  const context = { name: 'the event gateway', trouble, authorize: undefined, origins, maxFilters: 1 } as const;
  const feed = new TreeFeed(client, '/', 1);
  new SocketSession(
    socket as unknown as WebSocket,
    new Request('http://h/'),
    feed,
    context satisfies GatewayContext,
    () => {},
  );
  const list = JSON.stringify({ op: 'subscribe', id: 1, filters: null, since: '0', list: true });
  socket.emit('message', Buffer.from(list), false);
  return feed;
}

it('a socket that reads a long list slowly is not taken for a dead one', async () => {
  const client = new FakeTreeClient();
  for (let nth = 0; nth < 20; nth += 1) client.tree.create(`/${nth}`, 'x'.repeat(400_000));
  const socket = new SlowSocket(20_000);
  const feed = begin(client, socket);
  await pass(20 * GATEWAY.pingEvery);
  expect([socket.isTerminated, socket.read.length > 0]).toEqual([false, true]);
  expect(JSON.parse(socket.read.findLast((text) => text.includes('"cursor"')) ?? '')).toMatchObject({ position: '20' });
  feed.close();
  socket.close();
});

it('a socket that reads nothing any more is cut, with a long list on its way too', async () => {
  const client = new FakeTreeClient();
  for (let nth = 0; nth < 20; nth += 1) client.tree.create(`/${nth}`, 'x'.repeat(400_000));
  const socket = new SlowSocket(0);
  const feed = begin(client, socket);
  await pass(2 * GATEWAY.pingEvery);
  expect(socket.isTerminated).toBe(false);
  await pass(2 * GATEWAY.pingEvery);
  expect(socket.isTerminated).toBe(true);
  feed.close();
});
