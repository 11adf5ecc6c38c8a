import { once } from 'node:events';
import { type ClientHttp2Session, connect, constants, createSecureServer } from 'node:http2';
import { createServer, request as httpsRequest } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { type FetchHandler, toNodeListener } from '../../../lib/http/index.js';
import { eventually } from '../../../testing/eventually.js';
import { useCertificates } from '../../support/certificates.js';

const certificates = useCertificates();

async function listening(server: Server, use: (port: number) => Promise<void>): Promise<void> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  try {
    await use((server.address() as AddressInfo).port);
  } finally {
    const closed = once(server, 'close');
    server.close();
    await closed;
  }
}

const showUrl: FetchHandler = async ({ url }) => new Response(url);

it('a handler behind a server with TLS gets https URLs', async () => {
  const { ca, server } = certificates;
  await listening(createServer(server, toNodeListener(showUrl)), async (port) => {
    const asking = httpsRequest({ host: '127.0.0.1', port, path: '/a', ca, agent: false }).end();
    const [response] = await once(asking, 'response');
    expect(await text(response)).toBe(`https://127.0.0.1:${port}/a`);
  });
});

it('a handler behind a server of HTTP/2 gets the URL that the client asks for', async () => {
  await overHttp2(showUrl, async (session, url) => {
    expect(await text(session.request({ ':path': '/a' }))).toBe(`${url}/a`);
  });
});

it('a handler behind a server of HTTP/2 hears of a client that leaves, before the answer and during it', async () => {
  const heard: string[] = [];
  const handler: FetchHandler = async ({ url, signal }) => {
    signal.addEventListener('abort', () => heard.push('aborted'));
    heard.push('asked');
    if (url.endsWith('/silent')) return new Promise(() => {});
    const pull = (controller: ReadableStreamDefaultController): void => controller.enqueue(new Uint8Array(1 << 16));
    return new Response(new ReadableStream({ pull, cancel: () => void heard.push('cancelled') }));
  };
  await overHttp2(handler, async (session) => {
    const silent = session.request({ ':path': '/silent' });
    await eventually(() => heard.length === 1);
    silent.close(constants.NGHTTP2_CANCEL);
    await eventually(() => heard.length === 2);
    const endless = session.request({ ':path': '/endless' });
    await once(endless, 'response');
    endless.close(constants.NGHTTP2_CANCEL);
    await eventually(() => heard.length === 5);
    expect(heard.sort()).toEqual(['aborted', 'aborted', 'asked', 'asked', 'cancelled']);
  });
});

async function overHttp2(handler: FetchHandler, use: (session: ClientHttp2Session, url: string) => Promise<void>) {
  const { ca, server } = certificates;
  await listening(createSecureServer(server, toNodeListener(handler) as never), async (port) => {
    const url = `https://127.0.0.1:${port}`;
    const session = connect(url, { ca });
    try {
      await use(session, url);
    } finally {
      session.destroy();
    }
  });
}
