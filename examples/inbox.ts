/**
 * An inbox directory that feeds a queue of work. The checkpoint on disk is written after the work: a process that
 * crashes in between leaves it to the next one, and no file is forgotten.
 * `npx tsx examples/inbox.ts`
 */
import { mkdtemp, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makePoller, type Poller } from '../recipes/pollers/index.js';
import { eventually } from '../testing/eventually.js';

/** Works on each file that comes into a directory, at least once. */
class Inbox implements AsyncDisposable {
  readonly #poller: Poller;
  readonly #file: string;
  readonly #working: Promise<void>;

  private constructor(poller: Poller, file: string, work: (path: string) => Promise<void>) {
    this.#poller = poller;
    this.#file = file;
    this.#working = this.#run(work);
    this.#working.catch(() => {});
  }

  /** @param file has the checkpoint between two processes. Without one, all that is there is new. */
  static async open(directory: string, file: string, work: (path: string) => Promise<void>): Promise<Inbox> {
    const since = await readFile(file).catch(() => undefined);
    // A file that is still being written is not given out.
    const options = { initial: true, create: true, timeBoundary: 100, ...(since && { since }) };
    return new Inbox(await makePoller(directory, options), file, work);
  }

  /** Finishes the work that has begun. Rejects with the error that has ended it before. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#poller.close();
    await this.#working;
  }

  async #run(work: (path: string) => Promise<void>): Promise<void> {
    for await (const events of this.#poller.events()) {
      for (const { type, subject } of events) if (type !== 'deleted') await work(fileURLToPath(subject));
      await this.#save(this.#poller.checkpoint());
    }
  }

  /** Replaces the file as a whole: a crash leaves the old one or the new one. */
  async #save(checkpoint: Buffer): Promise<void> {
    const handle = await open(`${this.#file}.new`, 'w', 0o600);
    try {
      await handle.writeFile(checkpoint);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(`${this.#file}.new`, this.#file);
  }
}

// The outside world, which makes the story.

const folder = await mkdtemp(join(tmpdir(), 'inbox-'));
const [directory, checkpoint] = [join(folder, 'inbox'), join(folder, 'checkpoint')];
const done: string[] = [];
const work = async (path: string): Promise<void> => {
  done.push(`${path.slice(directory.length + 1)}: ${await readFile(path, 'utf8')}`);
};

{
  await using _inbox = await Inbox.open(directory, checkpoint, work);
  await writeFile(join(directory, 'one.txt'), 'the first order');
  await eventually(() => done.length === 1);
}
console.log(`The first process has worked on ${done.splice(0).join(' and ')}.`);

await writeFile(join(directory, 'two.txt'), 'came while nobody was there');
{
  await using _inbox = await Inbox.open(directory, checkpoint, work);
  await eventually(() => done.length === 1);
  await writeFile(join(directory, 'three.txt'), 'came later');
  await eventually(() => done.length === 2);
}
console.log(`The second process has worked on ${done.join(' and ')}.`);
await rm(folder, { recursive: true });
