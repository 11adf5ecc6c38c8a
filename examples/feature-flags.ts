/**
 * Feature flags in a Fastify service that change while it runs, and a clean shutdown: the service answers the requests
 * that it has accepted, then ends its session. `npx tsx examples/feature-flags.ts`
 */
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import fastify, { type FastifyInstance } from 'fastify';
import { DataWatch, ZooKeeperClient } from '../index.js';
import { eventually } from '../testing/eventually.js';
import { chapter, inSandbox, say } from './sandbox.js';

/** Flags by name, as in `{ "new-checkout": true }`. A missing flag is off. */
class FeatureFlags {
  /** Settles when the flags are known. No request should be answered earlier. */
  readonly ready: Promise<void>;
  #flags: ReadonlyMap<string, unknown> = new Map();

  /** @param onBadFlags is called with the error of unreadable flags; the last readable ones stay in use */
  constructor(client: ZooKeeperClient, path: string, onBadFlags: (error: unknown) => void) {
    const watch = new DataWatch(client, path, (data) => {
      this.#flags = new Map(Object.entries(JSON.parse(data?.toString() ?? '{}')));
    });
    watch.on('error', onBadFlags);
    this.ready = watch.ready;
  }

  isOn(name: string): boolean {
    return this.#flags.get(name) === true;
  }
}

/** Listens when the flags are known. Closes the client, and with it the watch, when the last request is answered. */
function createShop(client: ZooKeeperClient, flags: FeatureFlags): FastifyInstance {
  const app = fastify();
  app.addHook('onReady', () => flags.ready);
  app.addHook('onClose', () => client.close());
  app.addHook('onSend', async (_request, reply) => {
    // Otherwise a shutdown would wait until the customer closes the connection.
    if (!app.server.listening) reply.header('connection', 'close');
  });
  const checkout = (): string => (flags.isOn('new-checkout') ? 'the new checkout' : 'the old checkout');
  app.get('/', checkout);
  app.get('/slow', async () => {
    await pause(200);
    return checkout();
  });
  return app;
}

// ---------- The service ----------

await inSandbox(async ({ connectString, logger }) => {
  chapter('The service starts');
  const client = await new ZooKeeperClient(connectString, { logger }).connect();
  const failures: unknown[] = [];
  const flags = new FeatureFlags(client, '/shop/flags', (error) => {
    failures.push(error);
    say('flags', `unreadable, the last ones stay: ${error}`);
  });
  const app = createShop(client, flags);
  const shop = await app.listen({ host: '127.0.0.1', port: 0 });
  const ended = once(process, 'SIGTERM').then(() => app.close());

  // ---------- The outside world: an operator, a customer, and a SIGTERM ----------

  await using operator = await new ZooKeeperClient(connectString, { logger }).connect();
  const visit = async (page: string): Promise<void> => {
    const answer = await fetch(shop + page);
    say('customer', `sees ${await answer.text()}   (connection: ${answer.headers.get('connection')})`);
  };
  await visit('/');

  chapter('The operator switches the flag on');
  await operator.create('/shop/flags', '{ "new-checkout": true }', { makePath: true });
  await eventually(() => flags.isOn('new-checkout'));
  await visit('/');

  chapter('The operator writes invalid JSON');
  await operator.setData('/shop/flags', '{ new-checkout: false }');
  await eventually(() => failures.length === 1);
  await visit('/');

  chapter('SIGTERM comes in the middle of a request');
  const slow = visit('/slow');
  await once(app.server, 'request');
  process.kill(process.pid, 'SIGTERM');
  await slow;
  await ended;
  say('service', `has shut down, the client is ${client.state}`);
  await fetch(shop).catch(() => say('customer', 'is no longer served'));
});
