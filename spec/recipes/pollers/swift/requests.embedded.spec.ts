import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pollSource } from '../../../../recipes/pollers/source-poller.js';
import { SwiftSource } from '../../../../recipes/pollers/swift/swift-source.js';
import { parseSwiftUrl } from '../../../../recipes/pollers/swift/swift-url.js';
import type { Poller } from '../../../../recipes/pollers/types.js';
import { Recorder } from '../../../../testing/recorder.js';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A server in place of a Swift, for what a real one does not do on request. */
let server: Server;
let listing: Answer;
const closed = new Recorder<string>();

beforeEach(async () => {
  closed.clear();
  listing = (_, response) => void response.end('[]');
  server = createServer((request, response) => {
    if (request.url === '/auth/v1.0') {
      const { port } = server.address() as AddressInfo;
      response.setHeader('x-storage-url', `http://127.0.0.1:${port}/v1/AUTH_demo`);
      response.setHeader('x-auth-token', 'token').end();
    } else if (request.method === 'HEAD') response.writeHead(204).end();
    else {
      response.on('close', () => closed.record(response.writableFinished ? 'finished' : 'cut'));
      listing(request, response);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function poll(answerWithin: number): Promise<Poller> {
  const { port } = server.address() as AddressInfo;
  const address = parseSwiftUrl(`swift://alice+demo:secret@127.0.0.1:${port}/auth/v1.0?photos`);
  return pollSource(new SwiftSource(address, { answerWithin }), {});
}

describe('a request to a server', () => {
  it('that accepts it and is silent ends in time, and its connection with it', async () => {
    await using poller = await poll(200);
    listing = () => {};
    const failure = await poller.getNewEvents().catch((error) => error);
    expect(failure).toMatchObject({ code: 'POLL_FAILED', retryable: true, cause: { code: 'ETIMEDOUT' } });
    expect(failure.message).toContain('was not answered within 200 ms');
    await closed.until((ends) => ends.includes('cut'));
  });

  it('that sends a byte now and then ends in time too', async () => {
    await using poller = await poll(200);
    const timers: NodeJS.Timeout[] = [];
    listing = (_, response) => void timers.push(setInterval(() => response.write(' '), 10));
    await expect(poller.getNewEvents()).rejects.toThrow('was not answered within 200 ms');
    await closed.until((ends) => ends.includes('cut'));
    for (const timer of timers) clearInterval(timer);
  });

  it('that redirects is not followed, as the token would go along', async () => {
    await using poller = await poll(10_000);
    const asked = new Recorder<string>();
    listing = ({ url = '' }, response) => {
      asked.record(url);
      response.writeHead(302, { location: '/elsewhere' }).end();
    };
    await expect(poller.getNewEvents()).rejects.toThrow('was answered with 302');
    expect(asked.items).toEqual([expect.stringMatching(/^\/v1\/AUTH_demo\/photos\?/)]);
  });

  it('that breaks the answer off moves nothing', async () => {
    await using poller = await poll(10_000);
    listing = (_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('[', () => response.destroy());
    };
    await expect(poller.getNewEvents()).rejects.toMatchObject({ retryable: true, cause: { code: 'UND_ERR_SOCKET' } });
    listing = (_, response) => void response.end('[]');
    expect(await poller.getNewEvents()).toEqual([]);
  });

  it('that sends what is no UTF-8 moves nothing', async () => {
    await using poller = await poll(10_000);
    listing = (_, response) => void response.end(Buffer.from([0x5b, 0xff, 0x5d]));
    await expect(poller.getNewEvents()).rejects.toThrow('page 1 of the listing of "photos" failed');
  });

  it('that sends without end is cut after 96 MiB', async () => {
    await using poller = await poll(60_000);
    const block = Buffer.alloc(1024 * 1024, ' ');
    let sent = 0;
    listing = (_, response) => {
      const send = (): void => {
        while (!response.destroyed) {
          sent += 1;
          if (!response.write(block)) break;
        }
      };
      response.on('drain', send);
      send();
    };
    await expect(poller.getNewEvents()).rejects.toThrow('more than 100663296 bytes');
    expect(sent).toBeLessThan(130);
    await closed.until((ends) => ends.includes('cut'));
  });

  it('is let go when the call is aborted, or the poller closed', async () => {
    const poller = await poll(60_000);
    const asked = new Recorder<true>();
    listing = () => asked.record(true);
    const control = new AbortController();
    const aborted = poller.getNewEvents({ signal: control.signal });
    await asked.untilCount(1);
    control.abort(new Error('enough'));
    await expect(aborted).rejects.toThrow('enough');
    await closed.until((ends) => ends.filter((end) => end === 'cut').length === 1);
    const ended = poller.getNewEvents();
    await asked.untilCount(2);
    const closing = poller.close();
    await expect(ended).rejects.toMatchObject({ code: 'WATCH_STOPPED' });
    await closing;
    await closed.until((ends) => ends.filter((end) => end === 'cut').length === 2);
  });

  it('that cannot be reached says so, with the code of the system', async () => {
    const poller = await poll(60_000);
    const closing = once(server, 'close');
    server.closeAllConnections();
    server.close();
    await closing;
    await expect(poller.getNewEvents()).rejects.toMatchObject({ retryable: true, cause: { code: 'ECONNREFUSED' } });
    await poller.close();
  });
});
