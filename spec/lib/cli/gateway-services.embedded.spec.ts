import { once } from 'node:events';
import { get, type IncomingMessage, request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { makeServices, type ServicesOptions } from '../../../lib/cli/gateway-services.js';
import { HttpServer } from '../../../lib/cli/http-server.js';
import { EmbeddedZooKeeper } from '../../../lib/embedded/index.js';
import { ZooKeeperClient } from '../../../lib/zookeeper/client.js';
import { eventually } from '../../../testing/eventually.js';
import { Recorder } from '../../../testing/recorder.js';
import { RecordingLogger } from '../../../testing/recording-logger.js';

const NOTHING: ServicesOptions = {
  ...{ path: undefined, root: undefined, isWritable: false, origins: [], token: undefined, limits: {} },
};
const PAGE = 'https://app.example';

let zookeeper: EmbeddedZooKeeper;
let client: ZooKeeperClient;
let close: () => Promise<void>;

beforeEach(async () => {
  zookeeper = await EmbeddedZooKeeper.start({ logger: new RecordingLogger() });
  client = await new ZooKeeperClient(zookeeper.connectString, { logger: new RecordingLogger() }).connect();
});

afterEach(async () => {
  await close();
  await client.close();
  await zookeeper.close();
});

/** Serves at a free port. Returns the address. */
async function serve(options: Partial<ServicesOptions>, isNamedByAddress = false): Promise<string> {
  const services = makeServices(client, { ...NOTHING, ...options });
  const server = await HttpServer.listen({ port: 0, host: '127.0.0.1', isNamedByAddress, ...services });
  let closed: Promise<void> | undefined;
  close = () => {
    closed ??= server.close(services.end);
    return closed;
  };
  return server.url;
}

async function statusOf(url: string, headers: Record<string, string>): Promise<number | undefined> {
  const [response] = (await once(get(url, { headers }), 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}

describe('the services of a gateway', () => {
  it('are only those that were asked for', async () => {
    const url = await serve({ root: '/blobs' });
    expect((await fetch(`${url}events`)).status).toBe(404);
    expect((await fetch(`${url}watch?prefix=`)).status).toBe(200);
    await close();
    const other = await serve({ path: '/' });
    expect((await fetch(`${other}events`)).status).toBe(200);
    expect((await fetch(`${other}watch?prefix=`)).status).toBe(404);
    expect((await fetch(other)).status).toBe(404);
  });

  it('demand the token of every request and of every socket', async () => {
    const url = await serve({ path: '/', root: '/blobs', isWritable: true, token: 'right' });
    for (const authorization of ['', 'Bearer', 'Bearer wrong', 'Bearer right ', 'bearer right', 'right']) {
      const answers = await Promise.all([
        fetch(`${url}blobs/a`, { headers: { authorization } }),
        fetch(`${url}blobs/a`, { headers: { authorization }, method: 'PUT', body: 'x' }),
        fetch(`${url}watch?id=a`, { headers: { authorization } }),
        fetch(`${url}events`, { headers: { authorization } }),
      ]);
      // fetch leaves out the blank at the end.
      const status = authorization === 'Bearer right ' ? [404, 201, 200, 200] : [401, 401, 401, 401];
      expect(answers.map((answer) => answer.status)).toEqual(status);
    }
    const socket = new WebSocket(`${url.replace('http', 'ws')}events`);
    const messages = new Recorder<string>();
    socket.on('message', (data) => messages.record(String(data)));
    await once(socket, 'open');
    socket.send(JSON.stringify({ op: 'subscribe', id: 1, filters: null, authorization: 'Bearer wrong' }));
    expect(await messages.untilCount(1)).toEqual([expect.stringContaining('FORBIDDEN')]);
    socket.terminate();
  });

  it('let pages of the given origins read and write blobs, and no others', async () => {
    const url = await serve({ root: '/blobs', isWritable: true, origins: [PAGE] });
    const asked = { 'access-control-request-method': 'PUT', 'access-control-request-headers': 'if-match' };
    const preflight = (origin: string): Promise<Response> =>
      fetch(`${url}blobs/a`, { method: 'OPTIONS', headers: { origin, ...asked } });
    const allowed = await preflight(PAGE);
    expect([allowed.status, allowed.headers.get('access-control-allow-origin')]).toEqual([204, PAGE]);
    expect(allowed.headers.get('access-control-allow-methods')).toContain('PUT');
    expect(allowed.headers.get('access-control-allow-headers')).toContain('if-match');
    const refused = await preflight('https://evil.example');
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([405, null]);
    const written = await fetch(`${url}blobs/a`, { method: 'PUT', body: 'x', headers: { origin: PAGE } });
    expect(written.headers.get('access-control-expose-headers')).toContain('blob-info');
    for (const origin of [PAGE, 'https://evil.example']) {
      const read = await fetch(`${url}blobs/a`, { headers: { origin } });
      expect(read.headers.get('access-control-allow-origin')).toBe(origin === PAGE ? PAGE : null);
      // No cache may give the one's answer to the other.
      expect(read.headers.get('vary')).toBe('origin');
    }
  });

  it('on this machine alone, without a token, answer only requests that name it by an address', async () => {
    const url = await serve({ path: '/', root: '/blobs' }, true);
    const { port } = new URL(url);
    const names = ['127.0.0.1', `127.0.0.1:${port}`, 'localhost', `localhost:${port}`, '[::1]:80'];
    for (const host of names) expect([host, await statusOf(`${url}events`, { host })]).toEqual([host, 200]);
    for (const host of ['evil.example', `127.evil.example:${port}`, `localhost.evil.example:${port}`]) {
      expect([host, await statusOf(`${url}events`, { host })]).toEqual([host, 421]);
      const socket = new WebSocket(`${url.replace('http', 'ws')}events`, { headers: { host } });
      const [error] = (await once(socket, 'error')) as [Error];
      expect(error.message).toContain('421');
    }
  });

  it('end in order: waiting requests are answered, a write under way is finished, and sockets are closed', async () => {
    const url = await serve({ path: '/', root: '/blobs', isWritable: true });
    const first = (await (await fetch(`${url}watch?prefix=`)).json()) as { position: string; cursor: string };
    const waiting = fetch(`${url}watch?prefix=&since=${first.position}&cursor=${first.cursor}&wait=60000`);
    const socket = new WebSocket(`${url.replace('http', 'ws')}events`);
    const closed = once(socket, 'close');
    await once(socket, 'open');
    const half = Buffer.alloc(100_000);
    const upload = request(`${url}blobs/a`, { method: 'PUT', headers: { 'content-length': 2 * half.length } });
    const response = once(upload, 'response');
    response.catch(() => {});
    upload.write(half);
    // The write has begun once its marker is there.
    await eventually(async () => (await client.getChildren('/blobs/u')).children.length === 1);
    const ended = close();
    expect((await waiting).status).toBe(503);
    expect((await closed)[0]).toBe(1001);
    upload.end(half);
    const [{ statusCode }] = (await response) as [IncomingMessage];
    expect(statusCode).toBe(201);
    await ended;
    await expect(fetch(url)).rejects.toThrow();
  });
});
