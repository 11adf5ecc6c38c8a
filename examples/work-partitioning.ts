/**
 * Partitions of work, shared among the workers that are there: whenever one comes or goes everybody lets go, and takes a new share
 * once the group has settled. `npx tsx examples/work-partitioning.ts`
 */
import { PatientChildrenWatch, ZooKeeperClient } from '../index.js';
import { eventually } from '../testing/eventually.js';
import { chapter, onStage, say } from './stage.js';

const PARTITIONS = ['orders-0', 'orders-1', 'orders-2', 'orders-3', 'orders-4', 'orders-5'];
const WORKERS = '/shop/workers';
/** Longer than a worker takes to stop its work: some 5,000 ms in production. */
const TIME_BOUNDARY = 300;

class Worker {
  readonly client: ZooKeeperClient;
  readonly id: string;
  /** What to work on: to be looked at before each step. */
  share: readonly string[] = [];
  #round = new AbortController();

  constructor(client: ZooKeeperClient, id: string) {
    this.client = client;
    this.id = id;
    // Who is cut off cannot know who has what by now: it lets go at once, and begins anew.
    client.on('state', () => {
      this.share = [];
      this.#round.abort();
    });
  }

  /** Takes part until the client is closed. */
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

  /** Each session needs a znode of its own. Its number keeps it apart from one that an earlier session has left. */
  async #enter(): Promise<void> {
    await this.client.ensurePath(WORKERS);
    const { children } = await this.client.getChildren(WORKERS);
    if (idsOf(children).includes(this.id)) return;
    await this.client.create(`${WORKERS}/${this.id}-`, '', { mode: 'ephemeral-sequential' });
  }
}

/** A worker may have two znodes, one of them left by an earlier session: it counts once. */
function idsOf(children: readonly string[]): string[] {
  return [...new Set(children.map((name) => name.slice(0, name.lastIndexOf('-'))))];
}

// ---------- The outside world: workers come, die, and lose their sessions ----------

await onStage(async ({ connectString, logger, expireSession }) => {
  const start = async (id: string): Promise<Worker> =>
    new Worker(await new ZooKeeperClient(connectString, { logger }).connect(), id);
  const everythingIsShared = (workers: readonly Worker[]) => () =>
    workers.every(({ share }) => share.length === PARTITIONS.length / workers.length) &&
    new Set(workers.flatMap(({ share }) => share)).size === PARTITIONS.length;

  chapter('Three workers start: nobody works before the group has settled');
  const [ann, bob, cid] = [await start('ann'), await start('bob'), await start('cid')];
  const runs = [ann.run(), bob.run(), cid.run()];
  await eventually(everythingIsShared([ann, bob, cid]));

  chapter('cid dies, and its session expires: the rest share its work');
  await Promise.all([expireSession(cid.client), cid.client.close()]);
  await eventually(everythingIsShared([ann, bob]));

  chapter('The session of bob expires, but bob lives: a new session, and a new share');
  const oldSession = bob.client.sessionId;
  await expireSession(bob.client);
  await eventually(() => bob.client.sessionId !== oldSession && everythingIsShared([ann, bob])());

  await Promise.all([ann, bob].map(({ client }) => client.close()));
  await Promise.all(runs);
  say('story', 'everybody has stopped');
});
