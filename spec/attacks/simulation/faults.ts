import { ENTRIES, keepBusy } from './busy-loop.js';
import type { ObservedClient } from './observed-client.js';
import type { Rig } from './rig.js';
import type { Manners } from './server-link.js';
import type { SimulatedServer } from './simulated-server.js';
import { type Fault, SHARES, STORMS, type Storm } from './storm.js';

export const LONGEST_LAG = 400;
/** How long a torn frame may outlast its storm, in ms. */
const TORN_FOR = 1_500;
/** The rest of a session timeout in which a ping must get through between two harmless pieces, in ms. */
const HEADROOM = 40;
/** How long a connection must have served before its end may cost no session, in ms. */
const STEADY = 1_000;
/** The longest latencies, in ms. A round trip of 200 ms uses up the time that a server has to answer a ping. */
const LATENCIES: Readonly<Record<Storm, readonly number[]>> = { wild: [2, 20, 100], busy: [2, 20], slow: [2] };
/** The pause after a piece of a busy loop, in ms. */
const GAPS = [0, 0, 0, 2, 20];
/** The result of a fault that found nothing to strike. */
const NO_TARGET = Symbol('no target');
/** How long look-ups may take, in ms. */
const SLOW_NAMES = [200, 1_000, 5_000];
const MANNERS: Partial<Record<Fault, Manners>> = {
  pingsOnly: 'answers-pings-only',
  noSetWatches: 'swallows-set-watches',
  noReading: 'stops-reading',
  endlessFrames: 'ends-no-frame',
};

/** The faults of clients, servers and their connections. */
export class Faults {
  readonly #rig: Rig;
  readonly #clients: readonly ObservedClient[];
  #storm: Storm = 'wild';
  #isBusy = false;
  /** The share of a harmless busy loop's pieces, for one storm. */
  #piece = 0;

  constructor(rig: Rig, clients: readonly ObservedClient[]) {
    this.#rig = rig;
    this.#clients = clients;
  }

  begin(storm: Storm): void {
    const { random, network, ensemble } = this.#rig;
    this.#rig.trace(() => `STORM ${storm}`);
    this.#storm = storm;
    if (storm === 'wild') this.#rig.troubledUntil = Number.POSITIVE_INFINITY;
    network.slowness = random.pick(LATENCIES[storm]);
    network.isRough = storm === 'wild';
    this.#piece = random.pick(SHARES.harmlessPieces);
    this.#rig.isUnnoticed = storm === 'busy' && this.#piece <= SHARES.unnoticedPiece;
    if (storm === 'wild') return;
    for (const server of ensemble.servers) server.lag = 1;
    if (storm === 'busy') return;
    const share = random.between(...SHARES.harmlessHandshake);
    for (const server of ensemble.servers) server.handshakeShare = share;
    this.#rig.names.slowness = random.pick([1, ...SLOW_NAMES]);
    this.#rig.names.manner = random.pick(['answers', 'answers', 'fails', 'hangs']);
  }

  strike(): void {
    const { random, ensemble, tally } = this.#rig;
    const fault = random.weighted<Fault>(STORMS[this.#storm] as Readonly<Record<Fault, number>>);
    const server = random.pick(ensemble.servers);
    this.#rig.trace(() => `FAULT ${fault} s${server.index}`);
    if (this.#strike(fault, server) !== NO_TARGET) tally.struck(fault);
  }

  /** Ends every fault. Frames that were lost stay lost. */
  heal(): void {
    const { ensemble, network, clock } = this.#rig;
    if (this.#storm === 'wild') this.#rig.troubledUntil = clock.now + TORN_FOR;
    for (const server of ensemble.servers) {
      server.lag = 10;
      server.welcome = 'accepts';
      server.manners = 'serves';
      server.handshakeShare = 0;
      // No client can notice that a change was withheld from it.
      for (const link of [...server.links]) if (link.isHushed) link.end();
      network.fill(server);
      server.restart();
    }
    this.#rig.names.heal();
    network.slowness = 5;
    network.isRough = false;
  }

  #strike(fault: Fault, server: SimulatedServer): unknown {
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
      case 'busyLoop':
        return this.#beBusy();
      case 'hangUp':
        return this.#hangUp();
      case 'slowHandshakes':
        server.handshakeShare = random.between(...SHARES.handshake);
        return this.#later(() => {
          server.handshakeShare = 0;
        });
      case 'slowNames':
      case 'failingNames':
      case 'hangingNames':
      case 'otherAddresses':
        return this.#spoilNames(fault);
      case 'pingsOnly':
      case 'noSetWatches':
      case 'noReading':
      case 'endlessFrames':
        server.manners = MANNERS[fault] ?? 'serves';
        if (random.chance(0.3)) connection?.cut();
        return this.#later(() => {
          server.manners = 'serves';
          for (const link of [...server.links]) {
            if (link.isHushed) link.end();
            else link.proceed();
          }
        });
    }
  }

  #spoilNames(fault: Fault): void {
    const { random, names } = this.#rig;
    if (fault === 'slowNames') names.slowness = random.pick(SLOW_NAMES);
    else if (fault === 'failingNames') names.manner = 'fails';
    else if (fault === 'hangingNames') names.manner = 'hangs';
    else names.change();
    this.#later(() => names.heal());
  }

  #beBusy(): unknown {
    if (this.#isBusy) return NO_TARGET;
    this.#isBusy = true;
    const { random } = this.#rig;
    const isHarmless = this.#storm !== 'wild';
    const timeout = (): number => Math.min(...this.#clients.map(({ client }) => client.sessionTimeout));
    const share = random.between(...SHARES.pieces);
    const plan = {
      entry: random.pick(ENTRIES),
      piece: (nth: number) => (isHarmless ? this.#harmlessPiece(nth, timeout()) : share * timeout()),
      total: random.between(...SHARES.busy) * timeout(),
      gap: random.pick(GAPS),
    };
    this.#rig.trace(() => `  in pieces of ${plan.piece(1).toFixed(0)} ms, entered by ${plan.entry}`);
    return keepBusy(this.#rig, plan, () => {
      this.#isBusy = false;
    });
  }

  /** The next ping takes its time to the server; the last one before the first piece may have been some time ago. */
  #harmlessPiece(nth: number, sessionTimeout: number): number {
    const share = nth === 0 ? Math.min(this.#piece, SHARES.firstPiece) : this.#piece;
    return Math.max(1, share * (sessionTimeout - this.#rig.network.slowness - HEADROOM));
  }

  /** Ends a connection that has served for a while: servers that hang up again and again are avoided for a moment. */
  #hangUp(): unknown {
    const { random, network } = this.#rig;
    const sound = [...network.connections].filter(({ isSound, age }) => isSound && age >= STEADY);
    return sound.length === 0 ? NO_TARGET : random.pick(sound).hangUp();
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
