import { connect } from 'node:net';
import { expect } from 'vitest';
import { eventually } from '../../../../testing/eventually.js';
import { GatewaySocket } from '../../../support/gateway-socket.js';
import { it } from '../../../support/http-fixtures.js';
import { retainedMemory } from '../../../support/retained-memory.js';

it('H10: refuses pages of other origins, and takes those of its own, of its list, and programs', async ({
  client,
  serve,
}) => {
  const own = await serve(client, '/');
  const listed = await serve(client, '/', { origins: ['https://app.example'] });
  const open = await serve(client, '/', { origins: ['*'] });
  const outcome = async (url: string, origin?: string): Promise<string | undefined> => {
    const socket = await GatewaySocket.open(url, origin === undefined ? {} : { origin });
    const [first] = socket.events.items;
    await socket.close();
    return first;
  };
  const poll = async (url: string, origin: string): Promise<string> => {
    const { status, headers } = await fetch(`${url}?wait=0`, { headers: { origin } });
    return `${status} ${headers.get('access-control-allow-origin')}`;
  };
  const refused = 'Unexpected server response: 403';
  expect(await outcome(own.url)).toBe('open');
  expect(await outcome(own.url, `http://127.0.0.1:${own.port}`)).toBe('open');
  for (const origin of ['https://app.example', 'null', `http://127.0.0.1:${own.port}.evil.example`]) {
    expect([origin, await outcome(own.url, origin)]).toEqual([origin, refused]);
  }
  expect(await outcome(listed.url, 'https://app.example')).toBe('open');
  for (const origin of ['http://app.example', 'https://app.example.evil', `http://127.0.0.1:${listed.port}`]) {
    expect([origin, await outcome(listed.url, origin)]).toEqual([origin, refused]);
  }
  expect(await outcome(open.url, 'https://any.example')).toBe('open');
  expect(await poll(listed.url, 'https://app.example')).toBe('200 https://app.example');
  expect(await poll(listed.url, 'https://evil.example')).toBe('403 null');
  expect(await poll(open.url, 'https://any.example')).toBe('200 *');
});

it('H10: answers a bad message, names what is wrong, and goes on', async ({ client, other, serve }) => {
  await other.create('/a');
  const { url } = await serve(client, '/a', { maxFilters: 3 });
  const socket = await GatewaySocket.open(url);
  socket.subscribe();
  await socket.messages.untilCount(1);
  const filters = (...list: unknown[]): string => JSON.stringify({ op: 'subscribe', id: 9, filters: list });
  const deep = '['.repeat(30_000);
  const bad: [text: string | Uint8Array, said: string][] = [
    ['no JSON', 'must be JSON'],
    [deep, 'must be JSON'],
    [`{"op":"subscribe","id":1,"filters":${deep}${']'.repeat(30_000)}}`, 'filters[0] must be an object'],
    ['null', 'the message must be an object, but is null'],
    ['[]', 'must be an object'],
    ['7', 'must be an object'],
    [Buffer.from('{"op":"subscribe","id":1,"filters":null}'), 'must be JSON'],
    ['{"op":"steal","id":1}', 'op must be'],
    ['{"op":"subscribe","filters":null}', 'id must be'],
    ['{"op":"subscribe","id":1,"filters":null,"__proto__":{"x":1}}', 'the message must be made of'],
    ['{"op":"subscribe","id":1,"filters":null,"since":5}', 'since must be a zxid'],
    ['{"op":"subscribe","id":1,"filters":null,"since":"-5"}', 'since must be a zxid'],
    ['{"op":"subscribe","id":1,"filters":null,"cursor":{}}', 'cursor must be'],
    [filters({ pth: '/a' }), 'filters[0] must be made of'],
    [filters({ path: 7 }), 'filters[0].path'],
    [filters({ path: { length: 1e9 } }), 'filters[0].path'],
    [filters({ type: 'renamed' }), 'filters[0].type must be one of'],
    [filters({ after: 7 }), 'filters[0].after'],
    [filters([]), 'filters[0] must be an object'],
    [filters({}, {}, {}, {}), 'at most 3 filters'],
    [filters({ path: ['/a', '/b', '/c', '/d'] }), 'at most 3 filters'],
    [filters({ path: `/${'**/'.repeat(400)}a` }), 'at most 1024 characters'],
  ];
  for (const [text, said] of bad) {
    socket.messages.clear();
    socket.send(text);
    const [answer] = await socket.messages.untilCount(1);
    expect(answer?.error).toEqual({ code: 'BAD_REQUEST', message: expect.stringContaining(said) });
  }
  socket.messages.clear();
  await other.create('/a/b');
  expect(await socket.untilChanges(1)).toEqual(['created /a/b']);
  await socket.close();
});

it('H10: gives the id of a bad message back', async ({ client, serve }) => {
  const { url } = await serve(client, '/');
  const socket = await GatewaySocket.open(url);
  socket.send('{"op":"subscribe","id":42,"filters":7}');
  expect((await socket.messages.untilCount(1))[0]).toMatchObject({ id: 42, error: { code: 'BAD_REQUEST' } });
  await socket.close();
});

it('H10: ends a socket that sends more than 64 KiB at once, and no other one', async ({ client, other, serve }) => {
  const { url } = await serve(client, '/');
  const [large, innocent] = [await GatewaySocket.open(url), await GatewaySocket.open(url)];
  innocent.subscribe();
  await innocent.messages.untilCount(1);
  large.send(`{"op":"subscribe","id":1,"filters":null${' '.repeat(64 * 1024)}}`);
  await large.events.until((all) => all.includes('closed 1009'));
  const response = await fetch(url, { method: 'POST', body: ' '.repeat(64 * 1024 + 1) });
  expect(response.status).toBe(413);
  await other.create('/a');
  expect(await innocent.untilChanges(1)).toEqual(['created /a']);
  await innocent.close();
});

it('H10: a flood of messages whose answers nobody reads harms no other client', async ({ client, other, serve }) => {
  const { url } = await serve(client, '/');
  const [flood, innocent] = [await GatewaySocket.open(url), await GatewaySocket.open(url)];
  innocent.subscribe();
  await innocent.messages.untilCount(1);
  flood.socket.pause();
  const before = await retainedMemory();
  const filters = Array.from({ length: 90 }, (_, index) => ({ path: `/**/${'x*'.repeat(100)}${index}` }));
  const text = JSON.stringify({ op: 'subscribe', id: 1, filters, list: true, since: 'bad' });
  for (let count = 0; count < 1_000; count += 1) {
    flood.send(text);
    if (count % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await other.create('/a');
  expect(await innocent.untilChanges(1)).toEqual(['created /a']);
  const retained = (await retainedMemory()) - before;
  expect(retained).toBeLessThan(10_000_000);
  await flood.close();
  await innocent.close();
});

it('H10: survives half frames, garbage and upgrades to nowhere', async ({ client, other, serve }) => {
  const { url, port } = await serve(client, '/');
  const head = (path: string): string =>
    `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
    `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}\r\n\r\n`;
  const answers: string[] = [];
  const parts: [string, Uint8Array][] = [
    [head('/events'), Uint8Array.of(0x81, 0xfe, 0x10)],
    [head('/events'), Uint8Array.of(0x81, 0x05, 1, 2, 3, 4, 5)],
    [head('/events'), new Uint8Array(1_000).fill(0xff)],
    [head('/elsewhere'), new Uint8Array(0)],
    ...['user:secret@host', ':secret@host', 'host/path', '[::1'].map((host): [string, Uint8Array] => {
      return [head('/events').replace(`127.0.0.1:${port}`, host), new Uint8Array(0)];
    }),
    [head('http://user:secret@host/events'), new Uint8Array(0)],
    [head('/events').replace('Version: 13', 'Version: 99'), new Uint8Array(0)],
  ];
  for (const [text, bytes] of parts) {
    const socket = connect(port, '127.0.0.1');
    const answered = new Promise<void>((resolve) => {
      socket.on('data', (data) => {
        answers.push(String(data).split('\r\n')[0] ?? '');
        resolve();
      });
      socket.on('error', () => resolve());
    });
    socket.write(text);
    await answered;
    socket.write(bytes, () => socket.destroy());
  }
  const statuses = answers.map((line) => Number(line.split(' ')[1]));
  expect(statuses).toEqual([101, 101, 101, 404, 400, 400, 400, 400, 400, 400]);
  const socket = await GatewaySocket.open(url);
  socket.subscribe();
  await socket.messages.untilCount(1);
  await other.create('/a');
  expect(await socket.untilChanges(1)).toEqual(['created /a']);
  await socket.close();
});

it('H9: asks for every path of a socket and of a poll, and gives nothing where one is refused', async ({
  client,
  other,
  logger,
  serve,
}) => {
  await other.create('/a');
  const asked: unknown[] = [];
  const { url } = await serve(client, '/', {
    authorize: (request, access) => {
      asked.push([request.headers.get('authorization'), new URL(request.url).pathname, access]);
      if (access.id === '/broken') throw new Error('a broken check');
      if (request.headers.get('authorization') === null) return new Response('who?', { status: 401 });
      return access.id?.startsWith('/a') === true;
    },
  });
  const socket = await GatewaySocket.open(url);
  const said = async (message: object): Promise<unknown> => {
    socket.messages.clear();
    socket.subscribe(message);
    const [answer] = await socket.messages.untilCount(1);
    return answer?.error?.code ?? answer?.position !== undefined;
  };
  expect(await said({ filters: [{ path: '/a/*' }] })).toBe('FORBIDDEN');
  const authorization = 'Bearer token';
  expect(await said({ authorization, filters: [{ path: ['/a', '/b'] }] })).toBe('FORBIDDEN');
  expect(await said({ authorization, filters: null })).toBe('FORBIDDEN');
  expect(await said({ authorization, filters: [{ type: 'created' }] })).toBe('FORBIDDEN');
  expect(await said({ authorization, filters: [{ path: '/broken' }] })).toBe('UNAVAILABLE');
  expect(await said({ authorization, filters: [{ path: ['/a', '/a/**'] }] })).toBe(true);
  expect(asked.at(-1)).toEqual([authorization, '/events', { action: 'watch', id: '/a/**' }]);
  const status = async (query: string, headers: Record<string, string>): Promise<number> =>
    (await fetch(`${url}?wait=0${query}`, { headers })).status;
  expect(await status('&path=/a', {})).toBe(401);
  expect(await status('&path=/a', { authorization })).toBe(200);
  expect(await status('&path=/a&path=/b', { authorization })).toBe(403);
  expect(await status('', { authorization })).toBe(403);
  expect(await status('&path=/broken', { authorization })).toBe(500);
  expect(logger.messages('error')).toContain('`authorize` of the event gateway threw: a broken check');
  await socket.close();
});

it('ends its sockets and its polls when it closes, and when its client does', async ({
  connect: connectClient,
  serve,
}) => {
  for (const cause of ['gateway', 'client'] as const) {
    const own = await connectClient();
    const { url, gateway } = await serve(own, '/');
    const socket = await GatewaySocket.open(url);
    socket.subscribe();
    const [first] = await socket.messages.untilCount(1);
    const polled = fetch(`${url}?since=${first?.position}&seen=${first?.seen}&cursor=${first?.cursor}`);
    await eventually(async () => (await fetch(`${url}?wait=0`)).status === 200);
    await (cause === 'gateway' ? gateway.close() : own.close());
    await socket.events.until((all) => all.includes('closed 1001'));
    expect((await polled).status).toBe(503);
    expect((await fetch(`${url}?wait=0`)).status).toBe(503);
    const late = await GatewaySocket.open(url);
    expect(late.events.items[0]).toBe('Unexpected server response: 503');
  }
});
