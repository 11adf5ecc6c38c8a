import { serverWatchViolations } from '../../oracle/server-watches.js';
import { Faults } from './faults.js';
import { NAMES, OutsideWorld, PATHS } from './outside-world.js';
import type { Rig } from './rig.js';
import { serverWatchesOf } from './simulated-server-watches.js';
import { KINDS } from './storm.js';
import { UserClient } from './user-client.js';

const MOST_CLIENTS = 3;
const MOST_WATCHES = 6;
/** A difference by rounding alone, in ms. */
const INSTANT = 0.001;
/** Within which a change must be delivered, in ms. */
const DELIVERY_BOUND = 1_000;
/** How long torn frames and running functions may outlast the faults, in ms. */
const AFTERMATH = 1_500;
/** Within which a client must be connected after the faults, in ms: it has to notice a silent server first. */
const CONNECTION_BOUND = 12_000;
/** Within which every promise must have settled, in ms: reads are retried. */
const SETTLING_BOUND = 4_000;
/** How long `close()` and running functions may take, in ms. */
const CLOSING_BOUND = 4_000;

/** One scenario: rounds of a storm of users and faults, a calm, and the checks; then everything is closed. */
export class Scenario {
  readonly #rig: Rig;
  readonly #outside: OutsideWorld;
  readonly #clients: UserClient[] = [];
  readonly #faults: Faults;
  readonly #pace: number;
  readonly #fury: number;
  readonly #writes: number;
  readonly #hasNeighbours: boolean;
  #rounds: number;
  #isEnding = false;
  #isOver = false;

  constructor(rig: Rig) {
    this.#rig = rig;
    const { random } = rig;
    this.#outside = new OutsideWorld(rig);
    this.#faults = new Faults(rig, this.#clients);
    this.#pace = random.pick([10, 40, 150]);
    // A write that waits for the leader delays the reads behind it.
    this.#writes = random.pick([0, 12]);
    this.#fury = random.pick([1, 4, 12]);
    this.#hasNeighbours = random.chance(0.3);
    this.#rounds = 1 + random.below(3);
    this.#addClient();
    this.#beginStorm();
  }

  get isOver(): boolean {
    return this.#isOver || this.#rig.violation !== null;
  }

  #addClient(): void {
    const client = new UserClient(this.#rig, `c${this.#clients.length}`);
    this.#clients.push(client);
    if (this.#rig.random.chance(0.8)) client.connect();
  }

  #beginStorm(): void {
    const { random, clock } = this.#rig;
    this.#rig.isCalm = false;
    this.#rig.isAtRest = false;
    this.#faults.begin(random.weighted(KINDS));
    this.#storm(clock.now + random.pick([500, 2_000, 8_000]));
  }

  #storm(end: number): void {
    const { random, clock } = this.#rig;
    clock.atClient(random.between(0, this.#pace), () => {
      if (this.#isEnding) return;
      if (clock.now >= end) return this.#beginCalm();
      for (const client of this.#clients) {
        client.checkPromptness();
        for (const tree of client.trees) tree.checkPosition();
      }
      this.#act();
      this.#storm(end);
    });
  }

  #act(): void {
    const { random } = this.#rig;
    const client = random.pick(this.#clients);
    const path = random.chance(0.7) ? random.pick(PATHS) : `${random.pick(PATHS)}/${random.pick(NAMES)}`;
    switch (
      random.weighted({
        change: 25,
        fault: this.#fury,
        watch: 12,
        stop: 3,
        read: 15,
        write: this.#writes,
        patience: 3,
        less: 3,
        life: 3,
        tree: this.#rig.hasTrees ? 4 : 0,
      })
    ) {
      case 'tree':
        return client.changeTrees();
      case 'change':
        return this.#outside.change();
      case 'fault':
        return this.#faults.strike();
      case 'watch':
        return this.#watch(client, path);
      case 'stop':
        return client.watches
          .filter(({ isOver }) => !isOver)
          .at(random.below(MOST_WATCHES))
          ?.stop();
      case 'read':
        return client.read(path);
      case 'write':
        return client.write(random.pick(PATHS), random.pick(NAMES));
      case 'patience':
        return client.bePatient(path);
      case 'less':
        client.patiences.at(random.below(5))?.stop();
        return client.watchers.at(random.below(20))?.remove();
      case 'life':
        return this.#changeLife(client);
    }
  }

  #watch(client: UserClient, path: string): void {
    const { random } = this.#rig;
    if (client.watches.filter(({ isOver }) => !isOver).length >= MOST_WATCHES) return;
    client.neighbours.at(random.below(MOST_WATCHES * 3))?.watch.stop();
    const aspect = random.chance(0.5) ? 'data' : 'children';
    if (this.#hasNeighbours && random.chance(0.5)) client.addNeighbour(path, aspect);
    client.watch({
      path,
      aspect,
      waitForNode: random.chance(0.7),
      allowSessionLost: random.chance(0.8),
      sendEvent: random.chance(0.5),
    });
  }

  #changeLife(client: UserClient): void {
    const { random } = this.#rig;
    if (client.isOpen && random.chance(0.8)) return client.connect();
    if (random.chance(0.5) && client.isOpen) client.close();
    if (this.#clients.length < MOST_CLIENTS) this.#addClient();
  }

  #beginCalm(): void {
    const { clock } = this.#rig;
    this.#rig.trace(() => 'CALM');
    this.#rig.isCalm = true;
    this.#faults.heal();
    if (!this.#clients.some(({ isOpen }) => isOpen)) this.#addClient();
    this.#awaitConnections(clock.now);
  }

  #awaitConnections(since: number): void {
    const { clock, network } = this.#rig;
    for (const client of this.#clients) if (client.client.state === 'latent') client.connect(30_000);
    const open = this.#clients.filter(({ isOpen }) => isOpen);
    const isConnected =
      open.every(({ client }) => client.state === 'connected') &&
      [...network.connections].every((each) => each.isSound);
    const took = clock.now - since - this.#rig.blockedSince(since);
    this.#rig.require(took < CONNECTION_BOUND, () => {
      const states = open.map(({ label, client }) => `${label} ${client.state}`).join(', ');
      return `after ${CONNECTION_BOUND} ms without a fault there is no connection: ${states}`;
    });
    const next =
      isConnected && took >= AFTERMATH ? () => this.#awaitRest(clock.now) : () => this.#awaitConnections(since);
    clock.atClient(20, next);
  }

  #awaitRest(since: number): void {
    const { clock, history } = this.#rig;
    const rest = Math.min(clock.now - since, clock.now - history.lastChangeAt);
    if (rest < DELIVERY_BOUND - INSTANT)
      return void clock.atClient(DELIVERY_BOUND - rest, () => this.#awaitRest(since));
    this.#rig.trace(() => 'REST');
    this.#checkWatches();
    this.#rig.isAtRest = true;
    this.#outside.changeEverything();
    clock.atClient(DELIVERY_BOUND, () => this.#checkWatches());
    clock.atClient(SETTLING_BOUND, () => this.#checkPromises());
  }

  #checkWatches(): void {
    this.#rig.trace(() => 'CHECK');
    for (const each of this.#clients) {
      const { client, label, watches, watchers, trees } = each;
      this.#rig.require(client.epoch === 0, () => `${label} has taken a lagging server for a restored one`);
      for (const watch of watches) watch.checkAtRest();
      for (const watcher of watchers) watcher.checkAtRest();
      for (const tree of trees) tree.checkAtRest();
      if (each.isOpen) this.#checkServerWatches(each);
    }
  }

  #checkServerWatches(client: UserClient): void {
    const violations = serverWatchViolations(serverWatchesOf(this.#rig, client));
    for (const { rule, message } of violations) this.#rig.fail(`${client.label}: ${message}`, rule);
  }

  #checkPromises(): void {
    const { pending } = this.#rig;
    this.#rig.require(pending.length === 0, () => `these promises do not settle: ${pending.join(', ')}`);
    for (const { patiences } of this.#clients) for (const patience of patiences) patience.checkAtRest();
    this.#rounds -= 1;
    if (this.#rounds > 0) return this.#beginStorm();
    if (this.#rig.random.chance(0.5)) return this.#end();
    // Ends in the middle of a storm.
    this.#rig.clock.atClient(this.#rig.random.between(0, 400), () => this.#end());
    this.#beginStorm();
  }

  /** Closes every client, whatever its state. */
  #end(): void {
    const { clock } = this.#rig;
    this.#isEnding = true;
    this.#rig.trace(() => 'END');
    this.#rig.isCalm = true;
    for (const client of this.#clients) if (client.isOpen) client.close();
    const since = clock.now;
    const check = () => {
      const rest = CLOSING_BOUND + this.#rig.blockedSince(since) - (clock.now - since);
      if (rest > INSTANT) return void clock.atClient(rest, check);
      this.#checkNothingLeft();
    };
    check();
  }

  #checkNothingLeft(): void {
    const { pending, clock } = this.#rig;
    this.#rig.require(pending.length === 0, () => `after the end these do not settle: ${pending.join(', ')}`);
    this.#rig.require(clock.pendingTimers === 0, () => `after the end ${clock.pendingTimers} timers are left`);
    for (const { watches, patiences } of this.#clients) {
      for (const watch of watches) watch.checkAtRest();
      for (const patience of patiences) patience.checkAtEnd();
    }
    for (const { client, label } of this.#clients) {
      const count = client.listenerCount('state');
      this.#rig.require(count === 1, () => `after the end ${label} has ${count} listeners`);
    }
    this.#isOver = true;
  }
}
