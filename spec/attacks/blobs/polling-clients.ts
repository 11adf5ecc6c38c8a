import { setTimeout as pause } from 'node:timers/promises';
import type { WireChanges } from '../../../recipes/blobs/faces.js';
import { RemoteBlobStorage } from '../../../recipes/remote/index.js';
import type { SeededRandom } from '../../../testing/seeded-random.js';
import { Seen } from './attacked-content.js';
import { Heard } from './written-blobs.js';

/** A client that asks for changes, comes and goes, and moves between servers. */
export interface PollingClient {
  /** The blobs that it follows. */
  readonly ids: readonly string[];
  /** One for each of its lives. */
  readonly lives: readonly Heard[];
  /** Answers, or calls, that it had. */
  readonly heard: number;
  readonly flaws: readonly string[];
  /** Resolves once it was stopped. */
  run(): Promise<void>;
  /** It neither goes any more nor moves of its own accord, until it is stopped. */
  settle(): void;
  stop(): Promise<void>;
}

interface Following {
  readonly urls: readonly string[];
  readonly random: SeededRandom;
  readonly ids: readonly string[];
  /** Whether it asks for all blobs in place of its ids. */
  readonly isOfAll: boolean;
}

/** Sends the requests itself: it keeps its position when it leaves and when it moves. */
export class BarePoller implements PollingClient {
  readonly ids: readonly string[];
  readonly lives = [new Heard()];
  readonly flaws: string[] = [];
  heard = 0;
  readonly #following: Following;
  #position: string | undefined;
  #cursor = '';
  #server = 0;
  #isSettling = false;
  readonly #stopping = new AbortController();

  constructor(following: Following) {
    this.ids = following.ids;
    this.#following = following;
  }

  async run(): Promise<void> {
    const { random, urls } = this.#following;
    while (!this.#stopping.signal.aborted) {
      const answer = await this.#poll().catch(() => null);
      if (answer) this.#take(answer);
      // A server that does not answer is left.
      if (!answer || (!this.#isSettling && random.chance(0.2))) this.#server = (this.#server + 1) % urls.length;
      if (!answer) await pause(random.whole(5, 50));
      if (!this.#isSettling && random.chance(0.01)) this.#begin();
    }
  }

  settle(): void {
    this.#isSettling = true;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
  }

  #begin(): void {
    this.#position = undefined;
    this.#cursor = '';
    this.lives.push(new Heard());
  }

  async #poll(): Promise<WireChanges | null> {
    const { random, urls, isOfAll } = this.#following;
    const leaving = new AbortController();
    // Some leave while they wait, or while an answer is on its way: they come back with what they know.
    const isLeaving = !this.#isSettling && random.chance(0.1);
    const timer = isLeaving ? setTimeout(() => leaving.abort(), random.whole(1, 200)) : undefined;
    const stop = (): void => leaving.abort();
    this.#stopping.signal.addEventListener('abort', stop);
    try {
      const interest: [string, string][] = isOfAll ? [['prefix', '']] : this.ids.map((id) => ['id', id]);
      const since: [string, string][] = this.#position === undefined ? [] : [['since', this.#position]];
      // Sometimes without the cursor: an answer then depends on the position alone.
      const cursor: [string, string][] = since.length > 0 && random.chance(0.8) ? [['cursor', this.#cursor]] : [];
      const query = new URLSearchParams([...interest, ...since, ...cursor, ['wait', '3000']]);
      const response = await fetch(`${urls[this.#server]}watch?${query}`, { signal: leaving.signal });
      const body = (await response.json()) as WireChanges;
      return response.status === 200 ? body : null;
    } finally {
      clearTimeout(timer);
      this.#stopping.signal.removeEventListener('abort', stop);
    }
  }

  #take(answer: WireChanges): void {
    const { position, cursor } = answer;
    this.heard += 1;
    if (BigInt(position) < BigInt(this.#position ?? 0))
      this.flaws.push(`the position went back from ${this.#position} to ${position}`);
    this.#position = position;
    this.#cursor = cursor;
    this.lives.at(-1)?.answer(answer);
  }
}

/** A RemoteBlobStorage, which is closed and made again, and whose requests fail now and then. */
export class RemoteFollower implements PollingClient {
  readonly ids: readonly string[];
  readonly lives: Heard[] = [];
  readonly flaws: string[] = [];
  heard = 0;
  readonly #following: Following;
  /** Whether it reads each content that it hears of. */
  readonly #reads: boolean;
  #isSettling = false;
  #isStopped = false;
  #storage: RemoteBlobStorage | undefined;
  #wake = (): void => {};

  constructor(following: Following, reads: boolean) {
    this.ids = following.ids;
    this.#following = following;
    this.#reads = reads;
  }

  async run(): Promise<void> {
    while (!this.#isStopped) {
      this.#storage = this.#begin();
      const lifetime = this.#following.random.whole(100, 3_000);
      await Promise.race([this.#isSettling ? new Promise(() => {}) : pause(lifetime), this.#woken()]);
      if (this.#isSettling && !this.#isStopped) await this.#woken();
      await this.#storage.close();
    }
  }

  settle(): void {
    this.#isSettling = true;
    this.#wake();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#wake();
  }

  #woken(): Promise<void> {
    if (this.#isStopped) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #begin(): RemoteBlobStorage {
    const { urls, random, isOfAll } = this.#following;
    const inOrder = random.chance(0.5) ? urls : [...urls].reverse();
    // A network that fails makes it move.
    const flaky: typeof fetch = (input, init) =>
      !this.#isSettling && random.chance(0.05) ? Promise.reject(new Error('no network')) : fetch(input, init);
    const storage = new RemoteBlobStorage(inOrder, { fetch: flaky, retry: { minDelay: 5, maxDelay: 50 } });
    const states = new Heard();
    this.lives.push(states);
    const seen = new Map(this.ids.map((id) => [id, new Seen(id)]));
    const read = async (id: string, file: Parameters<Seen['saw']>[0]): Promise<void> => {
      const blob = seen.get(id);
      await blob?.saw(file);
      // A storage that is closed, and servers that are gone, are no flaws of a content.
      const flaws = blob?.flaws.splice(0) ?? [];
      this.flaws.push(...flaws.filter((flaw) => !/closed|cannot be reached|broke off|status 503/.test(flaw)));
    };
    const options = { maxIdleTimeout: Infinity };
    if (isOfAll) {
      const watch = storage.watchAll(
        '',
        async (changes) => {
          this.heard += 1;
          for (const { id, file } of changes) states.state(id, file?.info?.etag ?? null);
          const { id, file } = changes[0] ?? {};
          if (this.#reads && id !== undefined && file) await read(id, file);
        },
        options,
      );
      watch.on('error', (error) => this.flaws.push(`${error}`));
      return storage;
    }
    for (const id of this.ids) {
      const watch = storage.watch(
        id,
        async (file) => {
          this.heard += 1;
          states.state(id, file?.info?.etag ?? null);
          if (this.#reads && file) await read(id, file);
        },
        options,
      );
      watch.on('error', (error) => this.flaws.push(`${error}`));
    }
    return storage;
  }
}
