/**
 * A Fastify service that serves blobs and the changes of a tree to programs without a connection to ZooKeeper, and one
 * such program. `npx tsx examples/web-service.ts`
 */
import fastify, { type FastifyInstance } from 'fastify';
import { type TreeChange, ZooKeeperClient } from '../index.js';
import { createBlobHandler, createEventGateway, toNodeListener } from '../lib/http/index.js';
import { BlobStorage } from '../recipes/blobs/index.js';
import { RemoteBlobStorage, subscribe } from '../recipes/remote/index.js';
import { eventually } from '../testing/eventually.js';
import { chapter, inSandbox, say } from './sandbox.js';

const TOKEN = 'Bearer of-the-shop';

/** Serves `/events`, and blobs below `/files/`, to whoever has the token. */
function createService(client: ZooKeeperClient): FastifyInstance {
  const authorize = (request: Request): boolean => request.headers.get('authorization') === TOKEN;
  const gateway = createEventGateway(client, '/shop', { authorize });
  const storage = new BlobStorage(client);
  const [events, files] = [
    toNodeListener(gateway.handler),
    toNodeListener(createBlobHandler({ storage, writable: true, base: '/files/', authorize })),
  ];
  const app = fastify();
  // The handlers read the bodies themselves.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _body, done) => done(null));
  app.all('/events', (request, reply) => {
    reply.hijack();
    events(request.raw, reply.raw);
  });
  app.all('/files/*', (request, reply) => {
    reply.hijack();
    files(request.raw, reply.raw);
  });
  app.server.on('upgrade', gateway.upgrade);
  app.addHook('preClose', () => gateway.close());
  return app;
}

// ---------- The service ----------

await inSandbox(async ({ connectString, logger }) => {
  const client = await new ZooKeeperClient(connectString, { logger }).connect();
  await client.create('/shop/prices/apple', '3', { makePath: true });
  const app = createService(client);
  const address = await app.listen({ host: '127.0.0.1', port: 0 });

  // ---------- A program without a connection to ZooKeeper ----------

  chapter('A till follows the prices');
  const headers = { authorization: TOKEN };
  const heard: string[] = [];
  const told = ({ type, path, node }: TreeChange): void => {
    heard.push(path);
    say('till', `${type} ${path}${node ? `: ${node.data}` : ''}`);
  };
  const prices = subscribe(`${address}/events`, { path: '/shop/prices/*' }, told, { headers });
  await prices.ready;
  say('till', `is connected by ${prices.transport}`);
  await client.setData('/shop/prices/apple', '4');
  await eventually(() => heard.length === 1);
  await client.create('/shop/prices/bread', '5');
  await eventually(() => heard.length === 2);

  chapter('It keeps its receipts as blobs');
  await using blobs = new RemoteBlobStorage(`${address}/files/`, { headers });
  const { size } = await blobs.put('receipts/1', 'one apple: 4', { mediaType: 'text/plain' });
  say('till', `has written ${size} bytes`);
  const receipt = await fetch(`${address}/files/blobs/receipts/1`, { headers });
  say('customer', `reads "${await receipt.text()}"`);
  const { status } = await fetch(`${address}/files/blobs/receipts/1`);
  say('thief', `is answered ${status}`);

  await prices.close();
  await app.close();
  await client.close();
  say('service', 'has shut down');
});
