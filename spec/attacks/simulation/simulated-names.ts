import { NameResolver } from '../../../lib/zookeeper/session/name-resolver.js';
import type { SeededRandom } from '../../../testing/seeded-random.js';
import type { VirtualClock } from '../../../testing/virtual-clock.js';

/** The name that stands for all servers. */
export const ENSEMBLE = 'ensemble';
/** An address at which there is no server. */
export const DEAD_ADDRESS = 's9';

/** How look-ups end. */
type Manner = 'answers' | 'fails' | 'hangs';

/** The names of the servers, and their look-ups: `s0` to `s2` are addresses as well. */
export class SimulatedNames {
  readonly resolver: NameResolver;
  /** Up to how long a look-up takes, in ms. */
  slowness = 1;
  manner: Manner = 'answers';
  readonly #clock: VirtualClock;
  readonly #random: SeededRandom;
  readonly #servers: readonly string[];
  #ensemble: readonly string[];
  /** The look-ups that hang. */
  readonly #hanging = new Set<() => void>();

  constructor(clock: VirtualClock, random: SeededRandom, servers: readonly string[]) {
    this.#clock = clock;
    this.#random = random;
    this.#servers = servers;
    this.#ensemble = servers;
    this.resolver = new NameResolver((name, done) => this.#lookUp(name, done));
  }

  /** The name of the ensemble loses addresses, and gets one at which there is no server. */
  change(): void {
    const left = this.#servers.filter(() => this.#random.chance(0.6));
    const dead = left.length === 0 || this.#random.chance(0.5) ? [DEAD_ADDRESS] : [];
    this.#ensemble = this.#random.chance(0.5) ? [...left, ...dead] : [...dead, ...left];
  }

  /** All look-ups end soon, with all servers. */
  heal(): void {
    this.slowness = 1;
    this.manner = 'answers';
    this.#ensemble = this.#servers;
    for (const answer of this.#hanging) answer();
    this.#hanging.clear();
  }

  #lookUp(name: string, done: (error: Error | null, addresses: readonly string[]) => void): void {
    const { manner } = this;
    const answer = (): void => {
      this.#clock.atClient(this.#random.between(0, this.slowness), () => {
        if (manner === 'fails') done(Object.assign(new Error(`getaddrinfo EAI_AGAIN ${name}`)), []);
        else done(null, name === ENSEMBLE ? this.#ensemble : [name]);
      });
    };
    if (manner === 'hangs') this.#hanging.add(answer);
    else answer();
  }
}
