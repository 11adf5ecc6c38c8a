import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { WebSocket } from 'ws';
import { LastingTrouble } from '../../../../lib/core/lasting-trouble.js';
import type { Authorize } from '../../../../lib/http/authorize.js';
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
  readonly sent: string[] = [];
  /** Characters that were sent and not read, at most. */
  mostAhead = 0;
  #ahead = 0;
  readonly #rate: number;
  #reading: Promise<unknown> = Promise.resolve();

  /** @param rate characters that the client reads in a second; 0: it is gone */
  constructor(rate: number) {
    super();
    this.#rate = rate;
  }

  send(text: string, sent: () => void): void {
    queueMicrotask(sent);
    this.sent.push(text);
    this.#ahead += text.length;
    this.mostAhead = Math.max(this.mostAhead, this.#ahead);
    this.#take(text.length, () => {
      this.#ahead -= text.length;
      this.read.push(text);
    });
  }

  ping(number: string): void {
    this.#take(1, () => this.emit('pong', Buffer.from(number)));
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

const LIST = { op: 'subscribe', id: 1, filters: null, since: '0', list: true };

function open(client: FakeTreeClient, socket: SlowSocket, authorize?: Authorize) {
  const trouble = new LastingTrouble(new RecordingLogger());
  const origins = new Origins(undefined);
  const context = { name: 'the event gateway', trouble, authorize, origins, maxFilters: 1 } as const;
  const feed = new TreeFeed(client, '/', 1);
  const session = new SocketSession(
    socket as unknown as WebSocket,
    new Request('http://h/'),
    feed,
    context satisfies GatewayContext,
    () => {},
  );
  return { feed, session };
}

function begin(client: FakeTreeClient, socket: SlowSocket, authorize?: Authorize, first: object = LIST): TreeFeed {
  const { feed } = open(client, socket, authorize);
  ask(socket, first);
  return feed;
}

function ask(socket: SlowSocket, message: object): void {
  socket.emit('message', Buffer.from(JSON.stringify(message)), false);
}

it('a socket that reads a long list slowly is not taken for a dead one', async () => {
  const client = new FakeTreeClient();
  for (let nth = 0; nth < 20; nth += 1) client.tree.create(`/${nth}`, 'x'.repeat(400_000));
  const socket = new SlowSocket(20_000);
  const feed = begin(client, socket);
  await pass(20 * GATEWAY.pingEvery);
  expect([socket.isTerminated, socket.read.length > 0]).toEqual([false, true]);
  // With its last batch, of one znode here.
  expect(socket.mostAhead).toBeLessThan(GATEWAY.sentAhead + 600_000);
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

it('a socket that is asked for a second subscription before the first can begin has the second', async () => {
  const client = new FakeTreeClient();
  client.become('suspended');
  const socket = new SlowSocket(1_000_000);
  const feed = begin(client, socket);
  await pass(GATEWAY.lookEvery);
  ask(socket, { ...LIST, id: 2 });
  await pass(GATEWAY.lookEvery);
  expect(socket.sent).toEqual([]);
  client.become('connected');
  await pass(2 * GATEWAY.lookEvery);
  expect(socket.sent.map((text) => JSON.parse(text))).toMatchObject([{ id: 2, changes: expect.any(Array) }]);
  feed.close();
  socket.close();
});

it('a socket whose message takes long to authorize is not taken for a dead one: no answer to a ping is read', async () => {
  const socket = new SlowSocket(1_000_000);
  let allow: ((isAllowed: boolean) => void) | undefined;
  let asked = 0;
  const authorize = () => {
    asked += 1;
    if (asked === 1) return true;
    // Its socket is paused.
    socket.ping = () => {};
    return new Promise<boolean>((resolve) => {
      allow = resolve;
    });
  };
  const feed = begin(new FakeTreeClient(), socket, authorize);
  await pass(GATEWAY.lookEvery);
  ask(socket, { ...LIST, id: 2 });
  await pass(5 * GATEWAY.pingEvery);
  expect(socket.isTerminated).toBe(false);
  allow?.(true);
  await pass(GATEWAY.lookEvery);
  expect(JSON.parse(socket.sent.at(-1) ?? '')).toMatchObject({ id: 2 });
  feed.close();
  socket.close();
});

it('a socket over which nothing else is sent brings a sign of life with each ping, as pages see no pings', async () => {
  const client = new FakeTreeClient();
  const socket = new SlowSocket(1_000_000);
  const feed = begin(client, socket);
  await pass(3 * GATEWAY.pingEvery);
  expect(socket.sent.slice(1)).toEqual(['{}', '{}', '{}']);
  feed.close();
  socket.close();
});

it.each([
  ['that has asked for nothing', false],
  ['that has asked for something', true],
])('a socket %s leaves nothing behind when it has closed', async (_, isAsking) => {
  const socket = new SlowSocket(1_000_000);
  const { feed, session } = open(new FakeTreeClient(), socket);
  if (isAsking) ask(socket, LIST);
  await pass(GATEWAY.lookEvery);
  await session.end();
  feed.close();
  await pass(GATEWAY.lookEvery);
  expect(vi.getTimerCount()).toBe(0);
});

it('a socket that does not close with its gateway is cut, and nothing is done for it meanwhile', async () => {
  const socket = new SlowSocket(1_000_000);
  let asked = 0;
  const { feed, session } = open(new FakeTreeClient(), socket, () => {
    asked += 1;
    return true;
  });
  socket.close = () => {};
  const ended = session.end();
  ask(socket, LIST);
  await pass(GATEWAY.closeWithin - 100);
  expect([asked, socket.sent, socket.isTerminated]).toEqual([0, [], false]);
  await pass(200);
  await ended;
  expect(socket.isTerminated).toBe(true);
  feed.close();
});
