import type { ZooKeeperClient } from '../../../lib/zookeeper/client.js';
import { PatientChildrenWatch } from '../../../recipes/watches/index.js';
import type { FuzzRig } from './fuzz-rig.js';

const TIME_BOUNDARY = 150;
/** The pause before the next wait after one that failed, in ms. */
const PAUSE = 100;

/** A loop over a PatientChildrenWatch: the children have settled, until they change. */
export class FuzzedPatience {
  readonly #rig: FuzzRig;
  readonly #client: ZooKeeperClient;
  readonly #path: string;
  readonly #watch: PatientChildrenWatch;
  #settled: string | null = null;

  constructor(rig: FuzzRig, client: ZooKeeperClient, path: string) {
    this.#rig = rig;
    this.#client = client;
    this.#path = path;
    this.#watch = new PatientChildrenWatch(client, path, { timeBoundary: TIME_BOUNDARY });
    this.#start();
  }

  /** Checks that the children have settled as the server holds them. */
  checkAtRest(): void {
    const children = this.#rig.stage.server.database.tree.get(this.#path)?.children ?? [];
    const truth = [...children].sort().join();
    const seen = this.#settled;
    this.#rig.require(
      seen === truth,
      () => `[last-change] the patience of ${this.#path} has settled with [${seen}], and the server holds [${truth}]`,
    );
  }

  #start(): void {
    if (this.#client.state === 'closed') return;
    this.#watch.start().then(
      ({ children, changed }) => {
        this.#settled = children.join();
        this.#rig.stage.trace(() => `the patience of ${this.#path} settles with ${this.#settled?.slice(0, 80)}`);
        changed.then(
          () => this.#changed(),
          () => this.#changed(),
        );
      },
      (error) => {
        this.#rig.stage.trace(() => `the patience of ${this.#path} fails: ${error}`);
        this.#rig.stage.clock.atClient(PAUSE, () => this.#start());
      },
    );
  }

  #changed(): void {
    this.#settled = null;
    this.#start();
  }
}
