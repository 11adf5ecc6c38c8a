/**
 * A local copy of a tree that survives restarts. A file has the copy and the checkpoint of the same moment: the next
 * process begins with the copy, and applies what has changed since, deletions included.
 * `npx tsx examples/local-copy.ts`
 */
import { existsSync } from 'node:fs';
import { mkdtemp, open, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Checkpoint, type TreeChange, TreeWatch, ZooKeeperClient } from '../index.js';
import { eventually } from '../testing/eventually.js';
import { chapter, inSandbox, say } from './sandbox.js';

interface Saved {
  /** In base64. */
  readonly checkpoint: string;
  readonly values: readonly (readonly [path: string, value: string])[];
}

/** The data of a znode and of all below it, in memory and in a file. */
class LocalCopy {
  readonly values: Map<string, string>;
  readonly watch: TreeWatch;
  readonly #file: string;
  #isFirst = true;
  #isDue = false;
  #saving = Promise.resolve();

  private constructor(client: ZooKeeperClient, path: string, file: string, saved: Saved | null) {
    this.#file = file;
    this.values = new Map(saved?.values);
    const options = saved && { since: Checkpoint.from(Buffer.from(saved.checkpoint, 'base64')) };
    this.watch = new TreeWatch(client, path, (_tree, changes) => this.#apply(changes), options ?? {});
  }

  /** Begins with the copy in the file, if there is one. `watch.ready` resolves once it is that of the server. */
  static async open(client: ZooKeeperClient, path: string, file: string): Promise<LocalCopy> {
    const saved = existsSync(file) ? (JSON.parse(await readFile(file, 'utf8')) as Saved) : null;
    return new LocalCopy(client, path, file, saved);
  }

  /** Ends the copy, and saves it. Rejects when it could not be saved, now or before. */
  async close(): Promise<void> {
    this.watch.stop();
    await this.#saving;
    await this.#save();
  }

  /** Awaits nothing: when anything else runs the call has settled, and the values are those of the checkpoint. */
  #apply(changes: readonly TreeChange[]): void {
    // The file is of another ensemble: its values do not count, and these changes are all znodes.
    if (this.#isFirst && !this.watch.complete) this.values.clear();
    this.#isFirst = false;
    for (const { path, node } of changes) {
      if (node?.data) this.values.set(path, String(node.data));
      else this.values.delete(path);
    }
    if (this.#isDue) return;
    this.#isDue = true;
    this.#saving = this.#saving.then(() => nextTurn()).then(() => this.#save());
    this.#saving.catch((error: unknown) => this.watch.emit('error', error));
  }

  /** Replaces the file as a whole: a crash leaves the old one or the new one. */
  async #save(): Promise<void> {
    this.#isDue = false;
    const checkpoint = this.watch.checkpoint().toBytes().toString('base64');
    const saved: Saved = { checkpoint, values: [...this.values] };
    const handle = await open(`${this.#file}.new`, 'w', 0o600);
    try {
      await handle.writeFile(JSON.stringify(saved));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(`${this.#file}.new`, this.#file);
  }
}

// ---------- The process: started twice, with the same file ----------

const PRICES = '/shop/prices';

await inSandbox(async ({ connectString, logger, expireSession }) => {
  const folder = await mkdtemp(join(tmpdir(), 'local-copy-'));
  const file = join(folder, 'prices.json');
  const start = async (client: ZooKeeperClient): Promise<LocalCopy> => {
    const copy = await LocalCopy.open(client, PRICES, file);
    say('copy', `${copy.values.size} znodes from the file`);
    copy.watch.on('error', (error) => say('copy', `${error}`));
    await copy.watch.ready;
    show(copy);
    return copy;
  };
  const show = ({ values }: LocalCopy): void => {
    const prices = [...values].filter(([path]) => path !== PRICES);
    say('copy', prices.map(([path, price]) => `${path.slice(PRICES.length + 1)} ${price}`).join(', '));
  };

  // ---------- The outside world: an operator with a client of their own ----------

  await using operator = await new ZooKeeperClient(connectString, { logger }).connect();
  await operator.create(`${PRICES}/apple`, '1.20', { makePath: true });
  await operator.create(`${PRICES}/bread`, '3.50');

  chapter('The process starts, without a file');
  const first = await new ZooKeeperClient(connectString, { logger }).connect();
  const copy = await start(first);

  chapter('A price changes');
  await operator.setData(`${PRICES}/apple`, '1.30');
  await eventually(() => copy.values.get(`${PRICES}/apple`) === '1.30');
  show(copy);

  chapter('The session of the process expires, and a price comes meanwhile');
  await expireSession(first);
  await operator.create(`${PRICES}/cheese`, '8.00');
  await eventually(() => copy.values.has(`${PRICES}/cheese`));
  show(copy);

  chapter('The process ends. Prices change, come and go');
  await copy.close();
  await first.close();
  await operator.setData(`${PRICES}/cheese`, '7.50');
  await operator.delete(`${PRICES}/bread`);
  await operator.create(`${PRICES}/dates`, '4.20');

  chapter('The process starts again');
  const second = await new ZooKeeperClient(connectString, { logger }).connect();
  const next = await start(second);
  await next.close();
  await second.close();
  await rm(folder, { recursive: true });
});
