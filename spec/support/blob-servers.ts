import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ZooKeeperClient } from '../../index.js';
import { type BlobHandlerOptions, createBlobHandler, type FetchHandler, toNodeListener } from '../../lib/http/index.js';
import { BlobStorage } from '../../recipes/blobs/index.js';
import { RecordingLogger } from '../../testing/recording-logger.js';
import { it as base } from './fixtures.js';

/** A handler behind a server of Node. */
export interface ServedHandler {
  /** With a slash at the end. */
  readonly url: string;
  readonly port: number;
  readonly server: Server;
  close(): Promise<void>;
}

/** Serves a handler at a free port, or at this one. */
export async function serveHandler(handler: FetchHandler, port = 0): Promise<ServedHandler> {
  const server = createServer(toNodeListener(handler));
  await once(server.listen(port, '127.0.0.1'), 'listening');
  const { port: chosen } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  return { url: `http://127.0.0.1:${chosen}/`, port: chosen, server, close };
}

/** A storage behind a handler. */
interface ServedBlobs extends ServedHandler {
  readonly storage: BlobStorage;
  readonly logger: RecordingLogger;
}

interface BlobServerFixtures {
  /** Serves a storage on a client until the spec ends. */
  serve: (client: ZooKeeperClient, options?: BlobHandlerOptions & { port?: number }) => Promise<ServedBlobs>;
}

/** The fixtures of specs of blobs over HTTP. */
export const it = base.extend<BlobServerFixtures>({
  serve: async ({ client: _client, other: _other }, use) => {
    const served: ServedBlobs[] = [];
    await use(async (client, { port, ...options } = {}) => {
      const logger = new RecordingLogger();
      const storage = (options.storage as BlobStorage | undefined) ?? new BlobStorage(client);
      const handler = createBlobHandler({ storage, writable: true, logger, ...options });
      const one = { ...(await serveHandler(handler, port)), storage, logger };
      served.push(one);
      return one;
    });
    await Promise.all(served.map((one) => one.close()));
  },
});
