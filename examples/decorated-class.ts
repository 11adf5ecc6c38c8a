/**
 * A class whose methods are called by watches. Each instance has its own watches, on its own path, until it is disposed
 * of. `npx tsx examples/decorated-class.ts`
 */
import { childrenWatch, dataWatch, watchesOf, ZooKeeperClient } from '../index.js';
import { eventually } from '../testing/eventually.js';
import { chapter, inSandbox } from './sandbox.js';

class Queue implements Disposable {
  readonly client: ZooKeeperClient;
  readonly name: string;
  limit = 10;
  consumers: readonly string[] = [];

  constructor(client: ZooKeeperClient, name: string) {
    this.client = client;
    this.name = name;
  }

  @dataWatch(clientOf, (queue: Queue) => `/queues/${queue.name}/limit`)
  onLimit(data: Buffer | null): void {
    this.limit = data === null ? 10 : Number(data);
    console.log(`${this.name}: at most ${this.limit} messages`);
  }

  @childrenWatch(clientOf, (queue: Queue) => `/queues/${queue.name}/consumers`, { waitForNode: true })
  onConsumers(names: string[] | null): void {
    this.consumers = names ?? [];
    console.log(`${this.name}: read by [${this.consumers.join(', ')}]`);
  }

  /** Settles when both methods have been called. */
  async ready(): Promise<void> {
    for (const watch of watchesOf(this)) await watch.ready;
  }

  [Symbol.dispose](): void {
    for (const watch of watchesOf(this)) watch.stop();
  }
}

function clientOf(queue: Queue): ZooKeeperClient {
  return queue.client;
}

// ---------- The service ----------

await inSandbox(async ({ connectString, logger, expireSession }) => {
  chapter('The service starts');
  await using client = await new ZooKeeperClient(connectString, { logger }).connect();
  using mail = new Queue(client, 'mail');
  await mail.ready();

  // ---------- The outside world ----------

  await using other = await new ZooKeeperClient(connectString, { logger }).connect();
  {
    using invoices = new Queue(client, 'invoices');
    await invoices.ready();
    chapter('Another client sets the limit of the invoices');
    await other.create('/queues/invoices/limit', '500', { makePath: true });
    await eventually(() => invoices.limit === 500);
  }
  chapter('The queue of the invoices has been disposed of: its next limit calls nothing');
  await other.setData('/queues/invoices/limit', '600');

  chapter('A consumer of the mail joins');
  await other.create('/queues/mail/consumers/ann', '', { mode: 'ephemeral', makePath: true });
  await eventually(() => mail.consumers.includes('ann'));

  chapter('The session expires, and the limit of the mail changes meanwhile');
  await expireSession(client);
  await other.create('/queues/mail/limit', '20');
  await eventually(() => mail.limit === 20);
});
