/**
 * Feature flags in a Fastify service, switched while it runs, and a clean shutdown: what is being answered is answered, then the
 * session ends. `npx tsx examples/feature-flags.ts`
 */
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import fastify, { type FastifyInstance } from 'fastify';
import { DataWatch, ZooKeeperClient } from '../index.js';
import { eventually } from '../testing/eventually.js';
import { chapter, onStage, say } from './stage.js';

/** Flags by name, as in `{ "new-checkout": true }`. A flag that is not there is off. */
class FeatureFlags {
  /** Settles once they are known: no request should be answered before. */
  readonly ready: Promise<void>;
  #flags: ReadonlyMap<string, unknown> = new Map();

  /** @param onBadFlags told of what cannot be read: the flags stay as they are, for the watch goes on after a throw */
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

/** Listens only once the flags are known, and closes the client once the last request is answered, and with it the watch. */
function createShop(client: ZooKeeperClient, flags: FeatureFlags): FastifyInstance {
  const app = fastify();
  app.addHook('onReady', () => flags.ready);
  app.addHook('onClose', () => client.close());
  app.addHook('onSend', async (_request, reply) => {
    // Otherwise a shutdown would wait for the customer to let go of the connection.
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

await onStage(async ({ connectString, logger }) => {
  chapter('The service starts');
  const client = await new ZooKeeperClient(connectString, { logger }).connect();
  const mistakes: unknown[] = [];
  const flags = new FeatureFlags(client, '/shop/flags', (error) => {
    mistakes.push(error);
    say('flags', `stay as they are: ${error}`);
  });
  const app = createShop(client, flags);
  const shop = await app.listen({ host: '127.0.0.1', port: 0 });
  const ended = once(process, 'SIGTERM').then(() => app.close());

  // ---------- The outside world: an operator, a customer, and whoever ends the process ----------

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

  chapter('The operator writes what is no JSON');
  await operator.setData('/shop/flags', '{ new-checkout: false }');
  await eventually(() => mistakes.length === 1);
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
