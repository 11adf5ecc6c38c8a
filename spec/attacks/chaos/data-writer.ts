import type { ZooKeeperClient } from '../../../index.js';
import type { SeededRandom } from '../../../testing/seeded-random.js';
import type { PathHistory } from './path-history.js';
import type { Write, Writer } from './writer.js';

/** Changes the data of its znodes: sets, deletes and recreates them, one by one, in transactions and in bursts. */
export class DataWriter {
  readonly #writer: Writer;
  readonly #client: ZooKeeperClient;
  readonly #histories: readonly PathHistory[];
  readonly #random: SeededRandom;
  #count = 0;

  constructor(writer: Writer, histories: readonly PathHistory[], random: SeededRandom) {
    this.#writer = writer;
    this.#client = writer.client;
    this.#histories = histories;
    this.#random = random;
  }

  async step(): Promise<void> {
    const random = this.#random;
    const history = random.pick(this.#histories);
    const chance = random.between(0, 1);
    if (history.last.key === null) await this.#writer.write(this.#create(history));
    else if (chance < 0.6) await this.#writer.write(this.#set(history));
    else if (chance < 0.7) await this.#burst(history);
    else if (chance < 0.8) await this.#writer.write(this.#delete(history));
    else if (chance < 0.87) await this.#writer.write(this.#delete(history), this.#create(history));
    else if (chance < 0.93) await this.#replace(history);
    else await this.#setTogether();
  }

  async #burst(history: PathHistory): Promise<void> {
    const writes = Array.from({ length: this.#random.whole(2, 20) }, () => this.#set(history));
    await this.#writer.write(...writes);
  }

  async #replace(history: PathHistory): Promise<void> {
    const value = this.#value();
    await this.#writer.writeTogether([{ history, what: 'delete and create', key: value }], () =>
      this.#client.transaction().delete(history.path).create(history.path, value).commit(),
    );
  }

  async #setTogether(): Promise<void> {
    const there = this.#histories.filter(({ last }) => last.key !== null);
    const transaction = this.#client.transaction();
    const changes = there.map((history) => {
      const value = this.#value();
      transaction.setData(history.path, value);
      return { history, what: 'set together', key: value };
    });
    await this.#writer.writeTogether(changes, () => transaction.commit());
  }

  #create(history: PathHistory): Write<unknown> {
    const key = this.#value();
    return { history, what: 'create', key, send: () => this.#client.create(history.path, key) };
  }

  #set(history: PathHistory): Write<unknown> {
    const key = this.#value();
    return { history, what: 'setData', key, send: () => this.#client.setData(history.path, key) };
  }

  #delete(history: PathHistory): Write<unknown> {
    return { history, what: 'delete', key: null, send: () => this.#client.delete(history.path) };
  }

  /** Never repeats: the value identifies its write. */
  #value(): string {
    this.#count += 1;
    return `#${this.#count}`;
  }
}
