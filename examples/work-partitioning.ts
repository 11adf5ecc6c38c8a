/**
 * Partitions of work, shared among the present workers. When one joins or leaves, all release their partitions, and
 * take new shares when the group has settled. `npx tsx examples/work-partitioning.ts`
 */
import { PatientChildrenWatch, ZooKeeperClient } from '../index.js';
import { eventually } from '../testing/eventually.js';
import { chapter, inSandbox, say } from './sandbox.js';

const PARTITIONS = ['orders-0', 'orders-1', 'orders-2', 'orders-3', 'orders-4', 'orders-5'];
const WORKERS = '/shop/workers';
/** Longer than a worker takes to stop its work: some 5,000 ms in production. */
const TIME_BOUNDARY = 300;

class Worker {
  readonly client: ZooKeeperClient;
  readonly id: string;
  /** The partitions of this worker. Its work must check them before each step. */
  share: readonly string[] = [];
  #round = new AbortController();

  constructor(client: ZooKeeperClient, id: string) {
    this.client = client;
    this.id = id;
    // A disconnected worker cannot know the current shares: it releases its own at once, and starts over.
    client.on('state', () => {
      this.share = [];
      this.#round.abort();
    });
  }

  /** Takes shares until the client is closed. */
  async run(): Promise<void> {
    const group = new PatientChildrenWatch(this.client, WORKERS, { timeBoundary: TIME_BOUNDARY });
    while (this.client.state !== 'closed') {
      this.#round = new AbortController();
      const { signal } = this.#round;
      try {
        await this.client.retry(() => this.#enter(), { maxAttempts: Infinity });
        const { children, changed } = await group.start({ signal });
        const ids = idsOf(children);
        if (!ids.includes(this.id)) continue;
        this.share = PARTITIONS.filter((_, index) => ids[index % ids.length] === this.id);
        console.log(`${this.id} takes ${this.share.join(', ')}`);
        await changed;
      } catch (error) {
        if (!signal.aborted) throw error;
      } finally {
        this.share = [];
      }
    }
  }

  /** Creates the znode of this session. Its sequence number distinguishes it from a leftover of an earlier session. */
  async #enter(): Promise<void> {
    await this.client.ensurePath(WORKERS);
    const { children } = await this.client.getChildren(WORKERS);
    if (idsOf(children).includes(this.id)) return;
    await this.client.create(`${WORKERS}/${this.id}-`, '', { mode: 'ephemeral-sequential' });
  }
}

/** The workers' ids. Counts a worker once that has a second znode, left by an earlier session. */
function idsOf(children: readonly string[]): string[] {
  return [...new Set(children.map((name) => name.slice(0, name.lastIndexOf('-'))))];
}

// ---------- The outside world: workers join, die, and lose their sessions ----------

await inSandbox(async ({ connectString, logger, expireSession }) => {
  const start = async (id: string): Promise<Worker> =>
    new Worker(await new ZooKeeperClient(connectString, { logger }).connect(), id);
  const everythingIsShared = (workers: readonly Worker[]) => () =>
    workers.every(({ share }) => share.length === PARTITIONS.length / workers.length) &&
    new Set(workers.flatMap(({ share }) => share)).size === PARTITIONS.length;

  chapter('Three workers start: none works before the group has settled');
  const [ann, bob, cid] = [await start('ann'), await start('bob'), await start('cid')];
  const runs = [ann.run(), bob.run(), cid.run()];
  await eventually(everythingIsShared([ann, bob, cid]));

  chapter('cid dies, and its session expires: the others share its work');
  await Promise.all([expireSession(cid.client), cid.client.close()]);
  await eventually(everythingIsShared([ann, bob]));

  chapter('The session of bob expires, but bob lives on: a new session, and a new share');
  const oldSession = bob.client.sessionId;
  await expireSession(bob.client);
  await eventually(() => bob.client.sessionId !== oldSession && everythingIsShared([ann, bob])());

  await Promise.all([ann, bob].map(({ client }) => client.close()));
  await Promise.all(runs);
  say('story', 'all workers have stopped');
});
