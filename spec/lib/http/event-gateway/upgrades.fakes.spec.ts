import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { withAuthorization } from '../../../../lib/http/event-gateway/upgrade-request.js';
import { createEventGateway } from '../../../../lib/http/index.js';
import { FakeTreeClient } from '../../../../testing/fake-tree-client.js';

it('H10: an upgrade without a valid address is answered, and never thrown at the server, which would end', async () => {
  const gateway = createEventGateway(new FakeTreeClient(), '/');
  for (const [host, url] of [
    [':secret@host', '/events'],
    ['user:secret@host', '/events'],
    ['host?', '/events'],
    ['[::1', '/events'],
    ['host', 'http://:secret@host/events'],
  ]) {
    const request = Object.assign(new IncomingMessage(new Socket()), { method: 'GET', url, headers: { host } });
    const socket = new PassThrough();
    gateway.upgrade(request, socket, Buffer.alloc(0));
    expect([host, `${socket.read()}`.split('\r\n')[0]]).toEqual([host, 'HTTP/1.1 400 Bad Request']);
  }
  await gateway.close();
});

it('H10: credentials of a message count only where the request of the socket has none', () => {
  const [without, withOwn] = [{}, { authorization: 'own' }].map(
    (headers) => new Request('http://h/events', { headers }),
  );
  const seen = [without, withOwn].map((request) =>
    withAuthorization(request as Request, 'of a message').headers.get('authorization'),
  );
  expect(seen).toEqual(['of a message', 'own']);
});
