import { SeededRandom } from '../../../testing/seeded-random.js';
import { VirtualClock } from '../../../testing/virtual-clock.js';
import { printViolation, type Rule } from '../../oracle/rules.js';
import { Ensemble } from './ensemble.js';
import type { History } from './history.js';
import type { Defect } from './leader.js';
import { SimulatedNames } from './simulated-names.js';
import { SimulatedNetwork } from './simulated-network.js';

/** A breach of the contract. */
export class ContractViolation extends Error {
  override name = 'ContractViolation';
  /** The rule about calls that was broken; undefined for any other expectation. */
  readonly rule: Rule | undefined;

  constructor(message: string, rule: Rule | undefined) {
    super(rule ? printViolation({ rule, message }) : message);
    this.rule = rule;
  }
}

/** The counts of a scenario, or of a run of them. */
export class Tally {
  steps = 0;
  scenarios = 0;
  virtualMs = 0;
  faults = 0;
  readonly faultsByKind: Record<string, number> = {};
  changes = 0;
  watches = 0;
  calls = 0;
  reads = 0;
  sessionsLost = 0;
  /** The longest time from a change in calm to its delivery, in virtual ms. */
  slowestDelivery = 0;

  add(other: Tally): void {
    for (const [key, value] of Object.entries(other)) {
      if (typeof value !== 'number') continue;
      const count = key as Exclude<keyof Tally, 'add' | 'struck' | 'faultsByKind'>;
      this[count] = count === 'slowestDelivery' ? Math.max(this[count], value) : this[count] + value;
    }
    for (const [kind, count] of Object.entries(other.faultsByKind)) this.#count(kind, count);
  }

  /** A fault has struck. */
  struck(kind: string): void {
    this.faults += 1;
    this.#count(kind, 1);
  }

  #count(kind: string, count: number): void {
    this.faultsByKind[kind] = (this.faultsByKind[kind] ?? 0) + count;
  }
}

const SERVERS = 3;

/** The clock, the network and the servers of one scenario, its counts and its first violation. */
export class Rig {
  readonly random: SeededRandom;
  /** Whether clients follow trees: those of the other scenarios have their server watches counted strictly. */
  readonly hasTrees: boolean;
  readonly clock: VirtualClock;
  readonly ensemble: Ensemble;
  readonly network: SimulatedNetwork;
  readonly names: SimulatedNames;
  readonly tally = new Tally();
  readonly story: string[] | null;
  violation: ContractViolation | null = null;
  readonly brokenRules = new Set<Rule>();
  /** Whether the faults are over, and user functions are well-behaved. */
  isCalm = false;
  /** Whether everything has been delivered. */
  isAtRest = false;
  /** When a fault that may cost a session last ended, by the virtual clock; Infinity while there may be one. */
  troubledUntil = Number.NEGATIVE_INFINITY;
  /** Whether no client may notice anything: the event loop is busy in short pieces, and all else is well. */
  isUnnoticed = false;
  readonly #blocks: { readonly at: number; readonly ms: number }[] = [];
  readonly #pending = new Map<object, string>();
  #token = 0;

  constructor(seed: number, isRecorded: boolean, defect: Defect) {
    this.random = new SeededRandom(seed);
    // Of chance of its own, so that the scenarios without trees stay as they are.
    this.hasTrees = SeededRandom.of(seed, 'trees').chance(0.4);
    this.story = isRecorded ? [] : null;
    this.clock = new VirtualClock(this.random);
    this.ensemble = new Ensemble(this.clock, this.random, SERVERS, defect);
    const addresses = this.ensemble.servers.map(({ index }) => `s${index}`);
    this.names = new SimulatedNames(this.clock, this.random, addresses);
    this.network = new SimulatedNetwork(this.clock, this.random, this.ensemble, (line) => this.trace(line));
  }

  get history(): History {
    return this.ensemble.history;
  }

  /** The promises that were handed out and have not settled. */
  get pending(): readonly string[] {
    return [...this.#pending.values()];
  }

  trace(line: () => string): void {
    this.story?.push(`${this.clock.now.toFixed(2).padStart(9)} ${line()}`);
  }

  fail(message: string, rule?: Rule): void {
    if (rule) this.brokenRules.add(rule);
    if (this.violation) return;
    this.violation = new ContractViolation(message, rule);
    this.trace(() => `VIOLATION: ${message}`);
  }

  require(holds: boolean, message: () => string, rule?: Rule): void {
    if (!holds) this.fail(message(), rule);
  }

  /** Tracks a promise until it settles. */
  await<T>(label: string, promise: Promise<T>, settled: (value: T | undefined, error: unknown) => void): void {
    const key = {};
    this.#pending.set(key, `${label} (since ${this.clock.now.toFixed(0)})`);
    promise.then(
      (value) => {
        this.#pending.delete(key);
        settled(value, undefined);
      },
      (error: unknown) => {
        this.#pending.delete(key);
        settled(undefined, error);
      },
    );
  }

  /** A watch's function is called. */
  delivered(): void {
    this.tally.calls += 1;
    if (!this.isAtRest) return;
    const took = this.clock.now - this.history.lastChangeAt;
    this.tally.slowestDelivery = Math.max(this.tally.slowestDelivery, took);
  }

  /** Blocks the clients' event loop. */
  block(ms: number): void {
    this.trace(() => `the event loop is blocked for ${ms.toFixed(0)} ms`);
    this.#blocks.push({ at: this.clock.now, ms });
    this.clock.spin(ms);
  }

  /** How long the event loop was blocked since then, in ms. */
  blockedSince(time: number): number {
    return this.#blocks.filter(({ at, ms }) => at + ms > time).reduce((sum, { ms }) => sum + ms, 0);
  }

  /** Data that no other write carries. */
  newData(): string {
    this.#token += 1;
    return `v${this.#token}`;
  }
}
