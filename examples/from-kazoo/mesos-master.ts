import { ChildrenWatch, type CoordinationClient, DataWatch } from '../../index.js';

/** A master, as Mesos writes it into its znode. */
export interface MesosMaster {
  readonly id: string;
  readonly hostname: string;
  readonly address: { readonly ip: string; readonly port: number };
}

/** Calls a function with the leading Mesos master, and with `null` while there is none: the one that came first. */
export class MasterDetector implements Disposable {
  readonly #masters: ChildrenWatch<true>;
  #first: string | null | undefined;
  #leader: DataWatch | undefined;

  constructor(client: CoordinationClient, path: string, onLeader: (leader: MesosMaster | null) => void) {
    const follow = (names: readonly string[] | null): void => {
      // Sequence numbers have ten digits.
      const [first = null] = (names ?? []).filter((name) => name.startsWith('json.info_')).sort();
      if (first === this.#first) return;
      this.#first = first;
      this.#leader?.stop();
      if (first === null) return onLeader(null);
      this.#leader = new DataWatch(client, `${path}/${first}`, (data) => {
        if (data) onLeader(JSON.parse(data.toString()));
      });
    };
    this.#masters = new ChildrenWatch(client, path, follow, { waitForNode: true });
  }

  [Symbol.dispose](): void {
    this.#masters.stop();
    this.#leader?.stop();
  }
}
