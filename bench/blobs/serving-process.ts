/** Serves the blobs and the changes of a tree over HTTP, in a process of its own. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ZooKeeperClient } from '../../index.js';
import { createBlobHandler, createEventGateway, toNodeListener } from '../../lib/http/index.js';
import { BlobStorage } from '../../recipes/blobs/index.js';
import { retained } from './memory.js';
import { obey } from './obey.js';
import { MANIFESTS } from './small-blobs.js';

/** A question to the process. */
export interface Question {
  /** Whether memory is to be measured, which takes a collection of garbage. */
  readonly memory: boolean;
}

/** The state of the process. */
export interface Serving {
  readonly port: number;
  /** Requests that are not answered yet. */
  readonly waiting: number;
  /** After a collection of garbage; 0 when it was not asked for. */
  readonly retained: number;
  readonly resident: number;
  /** Used so far. */
  readonly cpuMs: number;
}

const [, , connectString = ''] = process.argv;
const client = await new ZooKeeperClient(connectString).connect();
const blobs = toNodeListener(createBlobHandler({ storage: new BlobStorage(client), maxWaiters: 100_000 }));
const gateway = createEventGateway(client, MANIFESTS);
const held = new Set<ServerResponse>();
let waiting = 0;

const server = createServer((request: IncomingMessage, response) => {
  waiting += 1;
  response.once('close', () => {
    waiting -= 1;
    held.delete(response);
  });
  // The memory of requests that nobody handles: that of Node.
  if (request.url === '/held') held.add(response);
  else blobs(request, response);
});
server.keepAliveTimeout = 600_000;
server.on('upgrade', gateway.upgrade);
await once(server.listen(0, '127.0.0.1', 4_096), 'listening');
const { port } = server.address() as AddressInfo;

obey<Question>(async ({ memory }): Promise<Serving> => {
  const { user, system } = process.cpuUsage();
  const bytes = memory ? await retained() : 0;
  return { port, waiting, retained: bytes, resident: process.memoryUsage.rss(), cpuMs: (user + system) / 1e3 };
});
