import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, vi } from 'vitest';
import { subscribe } from '../../../recipes/remote/index.js';
import { REMOTE } from '../../../recipes/remote/limits.js';
import { eventually } from '../../../testing/eventually.js';
import { Recorder } from '../../../testing/recorder.js';
import { replaceProperty } from '../../../testing/replace-property.js';
import { it } from '../../support/http-fixtures.js';
import { MovingProxy } from '../../support/moving-proxy.js';
import { recordRemote } from '../../support/remote-subscriptions.js';

const retry = { minDelay: 1, maxDelay: 20 };

/** A server that answers everything by a status. */
async function answering(status: number, body = ''): Promise<{ url: string; requests: string[]; server: Server }> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.headers.authorization}`);
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  });
  server.on('upgrade', (request, socket) => {
    requests.push(`upgrade ${request.headers.authorization}`);
    socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`, requests, server };
}

it('G3: polls after three sockets that failed, and has a socket again once one can be had', async ({
  client,
  other,
  serve,
}) => {
  const blocked = await serve(client, '/', { noSockets: true });
  const open = await serve(client, '/');
  const proxy = await MovingProxy.listen(blocked.port);
  const { subscription, calls, errors } = recordRemote(proxy.url, { retry, pollFallback: 50 });
  await subscription.ready;
  expect(subscription.transport).toBe('poll');
  // Of three failures in a row the first is reported.
  expect(errors.items).toMatchObject([{ code: 'CONNECTION_LOSS', retryable: true }]);
  await other.create('/a');
  await calls.untilCount(1);
  // Polls go on without an interruption, after which a socket would be tried at once.
  proxy.target = open.port;
  await other.create('/b');
  await calls.untilCount(2);
  expect(subscription.transport).toBe('poll');
  // Not another clock: the clients of this process would judge their servers by it.
  const restore = replaceProperty(REMOTE, 'socketAgainAfter', 0);
  await eventually(() => subscription.transport === 'websocket');
  restore();
  await other.create('/c');
  await calls.untilCount(3);
  expect(calls.items).toEqual(['created /a', 'created /b', 'created /c']);
  await subscription.close();
  await proxy.close();
});

it('G3: has a lost socket again within the retry policy, at its position, and says that it has caught up', async ({
  client,
  other,
  serve,
}) => {
  const { port } = await serve(client, '/');
  const proxy = await MovingProxy.listen(port);
  const { subscription, calls, events, errors } = recordRemote(proxy.url, { retry });
  await subscription.ready;
  for (let nth = 1; nth <= 3; nth += 1) {
    proxy.moveTo(null);
    await errors.untilCount(nth);
    await other.create(`/a${nth}`);
    proxy.moveTo(port);
    await events.untilCount(nth);
    expect(calls.items.at(-1)).toBe(`created /a${nth}`);
    // On a busy machine three attempts may have failed meanwhile, and a poll has come first.
    await eventually(() => subscription.transport === 'websocket');
  }
  expect(events.items).toEqual(['resynced', 'resynced', 'resynced']);
  await subscription.close();
  await proxy.close();
});

it('G3: has a socket at once where polls had failed too, as nothing was reachable', async ({
  client,
  other,
  serve,
}) => {
  const { port } = await serve(client, '/');
  const proxy = await MovingProxy.listen(port);
  const { subscription, calls, events } = recordRemote(proxy.url, { retry });
  await subscription.ready;
  let attempts = 0;
  proxy.onRefused = () => {
    attempts += 1;
  };
  proxy.moveTo(null);
  await eventually(() => attempts > 6);
  await other.create('/a');
  proxy.moveTo(port);
  await events.until((all) => all.includes('resynced'));
  await eventually(() => subscription.transport === 'websocket');
  expect(calls.items).toEqual(['created /a']);
  await subscription.close();
  await proxy.close();
});

it.for([
  [
    'tries a socket at once where polls had failed too, and then found the gateway not up to date',
    ['no gateway', 'not yet', 'up to date'],
    ['upgrade', 'poll'],
  ],
  [
    'keeps to polls while the gateway answers them, if only that it is not up to date',
    ['not yet', 'not yet', 'up to date'],
    ['poll'],
  ],
] as const)('G3: %s', async ([, answers, next]) => {
  const requests = new Recorder<string>();
  const server = createServer((request, response) => {
    const answer = answers[requests.items.filter((each) => each === 'poll').length];
    requests.record('poll');
    request.resume();
    if (answer === 'no gateway') response.writeHead(502).end('the proxy has no gateway');
    if (answer === 'not yet') response.writeHead(503).end('{"error":{"code":"UNAVAILABLE","message":"not yet"}}');
    if (answer === 'up to date') response.end('{"path":"/","changes":[],"position":"1","seen":"1","cursor":"a.0"}');
  });
  server.on('upgrade', (_request, socket) => {
    requests.record('upgrade');
    socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as AddressInfo;
  const { subscription } = recordRemote(`http://127.0.0.1:${port}/events`, { retry });
  await subscription.ready;
  const expected = ['upgrade', 'upgrade', 'upgrade', 'poll', 'poll', 'poll', ...next];
  expect(await requests.untilCount(expected.length)).toEqual(expected);
  await subscription.close();
  server.close();
});

it('without polls, rejects `ready` after three sockets that failed', async ({ client, serve }) => {
  const { url } = await serve(client, '/', { noSockets: true });
  const { subscription, errors, events } = recordRemote(url, { retry, pollFallback: 0 });
  await expect(subscription.ready).rejects.toMatchObject({ code: 'CONNECTION_LOSS' });
  expect(await subscription.closed).toBe('error');
  await events.untilCount(1);
  expect(events.items).toEqual(['stop error']);
  expect(errors.items.length).toBe(2);
});

it('ends with the attempts of its retry policy', async () => {
  const { url, server } = await answering(500);
  const { subscription } = recordRemote(url, { retry: { ...retry, maxAttempts: 5 } });
  await expect(subscription.ready).rejects.toMatchObject({
    code: 'CONNECTION_LOSS',
    message: `the event gateway at ${url} answers with status 500`,
  });
  expect(await subscription.closed).toBe('error');
  server.close();
});

it('ends at once where it is refused, with the headers in every request and never in an address', async ({
  client,
  serve,
}) => {
  const { url, requests, server } = await answering(403, '{"error":{"message":"not you"}}');
  const authorization = 'Bearer secret';
  const { subscription } = recordRemote(url, { retry, headers: { authorization } });
  await expect(subscription.ready).rejects.toMatchObject({
    code: 'NO_AUTH',
    message: `the event gateway at ${url} refuses the subscription (403): not you`,
  });
  const upgrade = `upgrade ${authorization}`;
  expect(requests).toEqual([upgrade, upgrade, upgrade, `POST ${authorization}`]);
  server.close();
  const gateway = await serve(client, '/', { authorize: () => false });
  const refused = recordRemote(gateway.url, { retry });
  await expect(refused.subscription.ready).rejects.toMatchObject({ code: 'NO_AUTH' });
  const many = recordRemote(gateway.url, { retry, filters: Array.from({ length: 101 }, () => ({ path: '/a' })) });
  await expect(many.subscription.ready).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    message: expect.stringContaining('at most 100 filters'),
  });
});

it('says why it has ended where nobody listens for errors', async () => {
  const { url, server } = await answering(403, '{"error":{"message":"not you"}}');
  const [warn, error] = (['warn', 'error'] as const).map((level) =>
    vi.spyOn(console, level).mockImplementation(() => {}),
  );
  const subscription = subscribe(url, null, () => {}, { retry });
  expect(await subscription.closed).toBe('error');
  const lines = [warn, error].map((each) => each?.mock.calls.map(([line]) => line));
  vi.restoreAllMocks();
  server.close();
  expect(lines).toEqual([
    [expect.stringMatching(/^zk-recipes: the event gateway at .* it is tried again$/)],
    [
      `zk-recipes: the subscription to ${url} has ended: ` +
        `the event gateway at ${url} refuses the subscription (403): not you`,
    ],
  ]);
});

it('lets go of its socket at once when it is closed, also at a gateway that answers nothing any more', async () => {
  const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
  const seen = new Recorder<string>();
  const server = createServer();
  server.on('upgrade', ({ headers }, socket) => {
    const accept = createHash('sha1').update(`${headers['sec-websocket-key']}${GUID}`).digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    socket.on('data', () => seen.record('subscribed'));
    socket.on('end', () => {
      seen.record('left');
      socket.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as AddressInfo;
  const { subscription } = recordRemote(`http://127.0.0.1:${port}/events`, { retry });
  await seen.untilCount(1);
  await subscription.close();
  await seen.until((items) => items.includes('left'));
  server.close();
});

it('takes no harm from a server that is no gateway', async () => {
  for (const body of ['no JSON', '[]', '{}', '{"changes":7}', '{"path":"/","cursor":"","changes":[{}]}']) {
    const { url, server } = await answering(200, body);
    const { subscription } = recordRemote(url, { retry: { ...retry, maxAttempts: 4 } });
    await expect(subscription.ready).rejects.toMatchObject({
      code: 'CONNECTION_LOSS',
      message: expect.stringContaining('has sent what is no message'),
    });
    server.close();
  }
});

it('H6: a poll at a gateway without a connection waits, and is told to come again', async ({
  proxied,
  proxy,
  serve,
}) => {
  const { url } = await serve(proxied, '/');
  const first = (await (await fetch(url)).json()) as { position: string; seen: string };
  proxy.refuse();
  proxy.cut();
  await eventually(() => proxied.state !== 'connected');
  const answer = await fetch(`${url}?since=${first.position}&seen=${first.seen}&wait=100`);
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
  await proxy.pass();
  await eventually(async () => (await fetch(`${url}?wait=100`)).status === 200);
});
