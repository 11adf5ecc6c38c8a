import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { InvalidArgumentError } from '../../../lib/core/errors.js';
import { type FetchHandler, toNodeListener } from '../../../lib/http/index.js';
import { eventually } from '../../../testing/eventually.js';
import { serveHandler } from '../../support/blob-servers.js';
import { rawExchange } from '../../support/raw-exchange.js';
import { retainedMemory } from '../../support/retained-memory.js';

async function serving(handler: FetchHandler, use: (url: string, port: number) => Promise<void>): Promise<void> {
  const served = await serveHandler(handler);
  try {
    await use(served.url, served.port);
  } finally {
    await served.close();
  }
}

describe('toNodeListener', () => {
  it('gives the handler the request, and its answer to the client', async () => {
    const handler: FetchHandler = async (request) => {
      const headers = new Headers({ 'x-seen': `${request.method} ${new URL(request.url).pathname}` });
      headers.append('set-cookie', 'a=1');
      headers.append('set-cookie', 'b=2');
      return new Response(await request.text(), { status: 201, headers });
    };
    await serving(handler, async (url) => {
      const response = await fetch(`${url}a/b?c`, { method: 'POST', body: 'hello' });
      expect([response.status, await response.text()]).toEqual([201, 'hello']);
      expect([response.headers.get('x-seen'), response.headers.getSetCookie()]).toEqual(['POST /a/b', ['a=1', 'b=2']]);
    });
  });

  it('streams an answer no faster than it is read, and cancels it when its client leaves', async () => {
    let [produced, isCancelled] = [0, false];
    const endless = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          produced += 1;
          controller.enqueue(new Uint8Array(1 << 16));
        },
        cancel() {
          isCancelled = true;
        },
      },
      { highWaterMark: 0 },
    );
    await serving(
      async () => new Response(endless),
      async (url) => {
        const [response] = await once(httpRequest(url).end(), 'response');
        let before = -1;
        await eventually(async () => {
          const isStill = produced === before;
          before = produced;
          await new Promise((resolve) => setTimeout(resolve, 50));
          return isStill;
        });
        expect(produced).toBeLessThan(1_000);
        response.destroy();
        await eventually(() => isCancelled);
      },
    );
  });

  it('streams a body no faster than it is read', async () => {
    let go = (): void => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const handler: FetchHandler = async (request) => {
      await gate;
      let length = 0;
      for await (const chunk of request.body ?? []) length += chunk.length;
      return new Response(`${length}`);
    };
    await serving(handler, async (url) => {
      const outgoing = httpRequest(url, { method: 'PUT' });
      let isFull = false;
      for (let sent = 0; sent < 512; sent += 1) isFull = !outgoing.write(Buffer.alloc(1 << 16));
      outgoing.end();
      await new Promise(setImmediate);
      expect([isFull, outgoing.writableLength > 1 << 20]).toEqual([true, true]);
      go();
      const [response] = await once(outgoing, 'response');
      response.setEncoding('utf8');
      expect(await once(response, 'data')).toEqual([`${512 << 16}`]);
    });
  });

  it('aborts the signal of a request whose client leaves', async () => {
    let signal: AbortSignal | undefined;
    const handler: FetchHandler = (request) => {
      signal = request.signal;
      return new Promise(() => {});
    };
    await serving(handler, async (url) => {
      const aborting = new AbortController();
      const left = fetch(url, { signal: aborting.signal }).catch(() => {});
      await eventually(() => signal !== undefined);
      aborting.abort();
      await left;
      await eventually(() => signal?.aborted === true);
    });
  });

  it('aborts it also when the memory of what nobody holds was freed meanwhile', async () => {
    let [isAsked, isAborted] = [false, false];
    const handler: FetchHandler = async ({ signal }) => {
      isAsked = true;
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      isAborted = true;
      return new Response(null);
    };
    await serving(handler, async (url) => {
      const aborting = new AbortController();
      const left = fetch(url, { signal: aborting.signal }).catch(() => {});
      await eventually(() => isAsked);
      await retainedMemory();
      aborting.abort();
      await left;
      await eventually(() => isAborted);
    });
  });

  it('begins a request once those before it at its connection are answered, and never when its client leaves', async () => {
    const begun: string[] = [];
    let answer = (): void => {};
    const handler: FetchHandler = async ({ url, signal }) => {
      begun.push(url.slice(-2));
      signal.addEventListener('abort', () => begun.push('left'));
      if (url.endsWith('/1')) await new Promise<void>((resolve) => (answer = resolve));
      return new Response(null, { status: 204 });
    };
    const get = (path: string): string => `GET /${path} HTTP/1.1\r\nhost: h\r\n\r\n`;
    await serving(handler, async (_url, port) => {
      const answered = rawExchange(
        port,
        get('1') + get('2') + get('3').replace('\r\n\r\n', '\r\nconnection: close\r\n\r\n'),
      );
      await eventually(() => begun.length > 0);
      await new Promise(setImmediate);
      expect(begun).toEqual(['/1']);
      answer();
      expect((await answered).match(/HTTP\/1.1 204/g)).toHaveLength(3);
      expect(begun.splice(0)).toEqual(['/1', '/2', '/3']);
      const socket = connect(port, '127.0.0.1').on('error', () => {});
      socket.write(get('1') + get('2'));
      await eventually(() => begun.length > 0);
      socket.resetAndDestroy();
      await eventually(() => begun.includes('left'));
      answer();
      await new Promise(setImmediate);
      expect(begun).toEqual(['/1', 'left']);
    });
  });

  it('answers 500 without details for an error, which goes to the console, and cuts an answer that breaks off', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => {});
    try {
      const broken = (): ReadableStream<Uint8Array> => {
        let pulls = 0;
        return new ReadableStream({
          pull(controller) {
            pulls += 1;
            if (pulls > 1) throw new Error('hunter2');
            controller.enqueue(new Uint8Array(10));
          },
        });
      };
      const again = new Response('of an earlier request');
      await again.text();
      const handler: FetchHandler = async (request) => {
        if (request.url.endsWith('/stream')) return new Response(broken());
        if (request.url.endsWith('/again')) return again;
        throw new Error('hunter2');
      };
      await serving(handler, async (url) => {
        const response = await fetch(url);
        expect([response.status, await response.text()]).toEqual([500, 'internal error\n']);
        expect((await fetch(`${url}again`)).status).toBe(500);
        await expect(fetch(`${url}stream`).then((answer) => answer.arrayBuffer())).rejects.toThrow();
      });
      const thrown = expect.stringMatching(
        /^zk-recipes: a handler of HTTP threw: hunter2\n +at .*node-listener\.embedded/,
      );
      expect(error.mock.calls).toEqual([
        [thrown],
        [expect.stringContaining('is locked'), expect.any(TypeError)],
        [thrown],
      ]);
    } finally {
      error.mockRestore();
    }
  });

  it('answers before the body has come, and reads on for a client that writes first', async () => {
    await serving(
      async () => new Response('no', { status: 413 }),
      async (url) => {
        const response = await fetch(url, { method: 'PUT', body: Buffer.alloc(8 << 20) });
        expect([response.status, await response.text()]).toEqual([413, 'no']);
        expect((await fetch(url)).status).toBe(413);
      },
    );
  });

  it('reads on also behind a part that the handler has read, and gives it no more', async () => {
    let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
    const handler: FetchHandler = async ({ body }) => {
      reader = body?.getReader();
      await reader?.read();
      return new Response('no', { status: 413 });
    };
    await serving(handler, async (url) => {
      const outgoing = httpRequest(url, { method: 'PUT' });
      const answered = once(outgoing, 'response');
      outgoing.end(Buffer.alloc(8 << 20));
      const [[response]] = await Promise.all([answered, once(outgoing, 'finish')]);
      expect(response.statusCode).toBe(413);
      await once(response.resume(), 'end');
      await expect(reader?.read()).rejects.toThrow('the request was answered');
    });
  });

  it.for([
    ['a host that is none', 'GET / HTTP/1.1\r\nhost: a b\r\nconnection: close\r\n\r\n', 400],
    ['a host with a path', 'GET / HTTP/1.1\r\nhost: a/b\r\nconnection: close\r\n\r\n', 400],
    ['a host with credentials', 'GET / HTTP/1.1\r\nhost: a@b\r\nconnection: close\r\n\r\n', 400],
    ['a target that is none', 'OPTIONS * HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n', 400],
    ['a method that fetch refuses', 'TRACE / HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n', 400],
    ['two slashes before a name', 'GET //example.org/x HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n', 200],
  ] as const)('survives %s', async ([, text, status]) => {
    const handler: FetchHandler = async (request) => new Response(new URL(request.url).host);
    await serving(handler, async (url, port) => {
      const answer = await rawExchange(port, text);
      expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      if (status === 200) expect(answer).toMatch(/\bh\b/);
      expect((await fetch(url)).status).toBe(200);
    });
  });

  it('gives an error in place of a body that was read before', async () => {
    const listener = toNodeListener(async (request) => new Response(await request.text().catch(() => 'an error')));
    const server = createServer((incoming, outgoing) => {
      incoming.resume().on('end', () => setImmediate(() => listener(incoming, outgoing)));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    try {
      const { port } = server.address() as AddressInfo;
      const response = await fetch(`http://127.0.0.1:${port}/`, { method: 'PUT', body: 'hello' });
      expect(await response.text()).toBe('an error');
    } finally {
      server.closeAllConnections();
      await once(server.close(), 'close');
    }
  });

  it('refuses whatever is no handler', () => {
    expect(() => toNodeListener({} as never)).toThrow(InvalidArgumentError);
  });
});
