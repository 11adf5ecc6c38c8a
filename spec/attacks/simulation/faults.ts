import type { ObservedClient } from './observed-client.js';
import type { Rig } from './rig.js';
import type { SimulatedServer } from './simulated-server.js';

const WEIGHTS = {
  cut: 6,
  cutAll: 2,
  stall: 3,
  stallOneWay: 3,
  dig: 2,
  digOneWay: 2,
  refuse: 2,
  sayNothing: 2,
  crash: 3,
  crashAll: 1,
  freeze: 2,
  partition: 3,
  behindAlone: 2,
  lag: 3,
  expire: 3,
  block: 2,
} as const;

type Fault = keyof typeof WEIGHTS;

export const LONGEST_LAG = 400;

/** The faults of clients, servers and their connections. */
export class Faults {
  readonly #rig: Rig;
  readonly #clients: readonly ObservedClient[];

  constructor(rig: Rig, clients: readonly ObservedClient[]) {
    this.#rig = rig;
    this.#clients = clients;
  }

  strike(): void {
    const { random, ensemble, tally } = this.#rig;
    const fault = random.weighted<Fault>(WEIGHTS);
    const server = random.pick(ensemble.servers);
    this.#rig.trace(() => `FAULT ${fault} s${server.index}`);
    tally.faults += 1;
    this.#strike(fault, server);
  }

  /** Ends every fault. Frames that were lost stay lost. */
  heal(): void {
    const { ensemble, network } = this.#rig;
    for (const server of ensemble.servers) {
      server.lag = 10;
      server.welcome = 'accepts';
      network.fill(server);
      server.restart();
    }
    network.slowness = 5;
    network.isRough = false;
  }

  #strike(fault: Fault, server: SimulatedServer): void {
    const { random, ensemble, network } = this.#rig;
    const connections = [...network.connections];
    const connection = connections.length > 0 ? random.pick(connections) : undefined;
    const isUpwards = random.chance(0.5);
    const oneWay = { toServer: isUpwards, toClient: !isUpwards };
    const bothWays = { toServer: true, toClient: true };
    switch (fault) {
      case 'cut':
        return connection?.cut();
      case 'cutAll':
        for (const each of connections) each.cut();
        return;
      case 'stall':
      case 'stallOneWay':
        connection?.stall(fault === 'stall' ? bothWays : oneWay);
        if (random.chance(0.5)) this.#later(() => connection?.flow());
        return;
      case 'dig':
      case 'digOneWay':
        network.dig(server, fault === 'dig' ? bothWays : oneWay);
        return this.#later(() => network.fill(server));
      case 'refuse':
      case 'sayNothing':
        server.welcome = fault === 'refuse' ? 'refuses' : 'says-nothing';
        if (random.chance(0.5)) connection?.cut();
        return this.#later(() => {
          server.welcome = 'accepts';
        });
      case 'crash':
        network.crash(server);
        return this.#later(() => server.restart());
      case 'crashAll':
        for (const each of ensemble.servers) network.crash(each);
        return this.#later(() => {
          for (const each of ensemble.servers) each.restart();
        });
      case 'freeze':
        server.isFrozen = true;
        return this.#later(() => {
          server.isFrozen = false;
        });
      case 'partition':
        server.isPartitioned = true;
        return this.#later(() => {
          server.isPartitioned = false;
        });
      case 'behindAlone':
        return this.#leaveBehindAlone(server);
      case 'lag':
        server.lag = random.between(0, LONGEST_LAG);
        return;
      case 'expire':
        return this.#expire();
      case 'block':
        return this.#rig.block(random.pick([20, 200, 1_000, 3_000]) * random.next());
    }
  }

  /** Crashes the other servers after a while: only the lagging one is left. */
  #leaveBehindAlone(server: SimulatedServer): void {
    const { random, ensemble, network, clock } = this.#rig;
    const others = ensemble.servers.filter((each) => each !== server);
    server.isPartitioned = true;
    clock.inWorld(random.between(50, 1_000), () => {
      if (this.#rig.isCalm) return;
      for (const each of others) network.crash(each);
      clock.inWorld(random.between(500, 6_000), () => {
        for (const each of others) each.restart();
        server.isPartitioned = false;
      });
    });
  }

  #expire(): void {
    const sessionId = this.#rig.random.pick(this.#clients).client.sessionId;
    if (sessionId !== null) this.#rig.ensemble.endSession(sessionId);
  }

  #later(end: () => void): void {
    const { random, clock } = this.#rig;
    clock.inWorld(random.pick([50, 500, 2_000, 6_000]) * random.next(), end);
  }
}
