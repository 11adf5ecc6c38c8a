import { ChildrenWatch, type CoordinationClient, DataWatch, NoNodeError } from '../../index.js';

/** The children of a znode with their data, as a map that follows them: one DataWatch for each child. */
export class ZnodeMapping implements Disposable {
  /** Resolves when every child that was there at the beginning is in the map. */
  readonly ready: Promise<void>;
  readonly values = new Map<string, string>();
  readonly #client: CoordinationClient;
  readonly #path: string;
  readonly #children: ChildrenWatch<true>;
  readonly #watches = new Map<string, DataWatch>();

  constructor(client: CoordinationClient, path: string) {
    this.#client = client;
    this.#path = path;
    this.#children = new ChildrenWatch(client, path, (names) => this.#follow(names ?? []), { waitForNode: true });
    this.ready = this.#children.ready;
  }

  /** Writes to ZooKeeper. The map follows. */
  async set(name: string, value: string): Promise<void> {
    const path = `${this.#path}/${name}`;
    try {
      await this.#client.setData(path, value);
    } catch (error) {
      if (!(error instanceof NoNodeError)) throw error;
      await this.#client.create(path, value, { makePath: true });
    }
  }

  async delete(name: string): Promise<void> {
    await this.#client.delete(`${this.#path}/${name}`);
  }

  async #follow(names: readonly string[]): Promise<void> {
    for (const [name, watch] of this.#watches) if (!names.includes(name)) this.#forget(name, watch);
    for (const name of names) if (!this.#watches.has(name)) this.#watches.set(name, this.#watch(name));
    await Promise.all([...this.#watches.values()].map(({ ready }) => ready));
  }

  #watch(name: string): DataWatch {
    return new DataWatch(this.#client, `${this.#path}/${name}`, (data) => {
      if (data === null) this.values.delete(name);
      else this.values.set(name, data.toString());
    });
  }

  #forget(name: string, watch: DataWatch): void {
    watch.stop();
    this.#watches.delete(name);
    this.values.delete(name);
  }

  [Symbol.dispose](): void {
    this.#children.stop();
    for (const watch of this.#watches.values()) watch.stop();
  }
}
