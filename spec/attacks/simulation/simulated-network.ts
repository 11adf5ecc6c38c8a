import type { ConnectionHandlers, ConnectionOptions } from '../../../lib/zookeeper/connection/connection.js';
import type { SeededRandom } from '../../../testing/seeded-random.js';
import type { VirtualClock } from '../../../testing/virtual-clock.js';
import type { Ensemble } from './ensemble.js';
import { type ConnectionNetwork, type Hole, SimulatedConnection, type Trace } from './simulated-connection.js';
import { DEAD_ADDRESS } from './simulated-names.js';
import { SimulatedServer } from './simulated-server.js';

/** The network between clients and servers. The server `s2:1` of a connect string is the third of the ensemble. */
export class SimulatedNetwork implements ConnectionNetwork {
  readonly clock: VirtualClock;
  readonly random: SeededRandom;
  readonly trace: Trace;
  readonly ensemble: Ensemble;
  readonly connections = new Set<SimulatedConnection>();
  /** There is none at this address. */
  readonly #nobody: SimulatedServer;
  readonly #holes = new Map<SimulatedServer, Hole>();
  /** Up to how long a frame takes, in ms. */
  slowness = 20;
  /** Whether frames may come in parts. */
  isRough = true;

  constructor(clock: VirtualClock, random: SeededRandom, ensemble: Ensemble, trace: Trace) {
    this.clock = clock;
    this.random = random;
    this.ensemble = ensemble;
    this.trace = trace;
    this.#nobody = new SimulatedServer(ensemble, Number(DEAD_ADDRESS.slice(1)));
    this.#nobody.isUp = false;
  }

  readonly connector = (options: ConnectionOptions, handlers: ConnectionHandlers): SimulatedConnection => {
    const { address = options.server.host } = options.server;
    const server = address === DEAD_ADDRESS ? this.#nobody : this.ensemble.servers[Number(address.slice(1))];
    if (!server) throw new Error(`there is no server ${address}`);
    this.trace(() => `  the client connects to s${server.index}, session ${options.session?.id}, ${options.lastZxid}`);
    const connection = new SimulatedConnection(this, server, options, handlers);
    this.connections.add(connection);
    return connection;
  };

  latency(): number {
    return this.random.between(0.05, this.slowness);
  }

  holeAt(server: SimulatedServer): Hole | undefined {
    return this.#holes.get(server);
  }

  /** Holds back all traffic of the server, of new connections and of open ones. */
  dig(server: SimulatedServer, hole: Hole): void {
    this.#holes.set(server, hole);
    for (const connection of this.connections) if (connection.server === server) connection.stall(hole);
  }

  /** Ends the hole: the traffic held back arrives. */
  fill(server: SimulatedServer): void {
    this.#holes.delete(server);
    for (const connection of this.connections) if (connection.server === server) connection.flow();
  }

  /** Crashes the server, and cuts its connections. */
  crash(server: SimulatedServer): void {
    server.crash();
    for (const connection of this.connections) if (connection.server === server) connection.cut();
  }

  forget(connection: SimulatedConnection): void {
    this.connections.delete(connection);
  }
}
