import { once } from 'node:events';
import { type ClientHttp2Session, connect, createSecureServer } from 'node:http2';
import { createServer, request as httpsRequest } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { type FetchHandler, toNodeListener } from '../../../lib/http/index.js';
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
  const { ca, server } = certificates;
  await listening(createSecureServer(server, toNodeListener(showUrl) as never), async (port) => {
    const session: ClientHttp2Session = connect(`https://127.0.0.1:${port}`, { ca });
    expect(await text(session.request({ ':path': '/a' }))).toBe(`https://127.0.0.1:${port}/a`);
    session.close();
  });
});
