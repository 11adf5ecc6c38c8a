import { OBSERVING } from '../../../lib/core/limits.js';
import { SeededRandom } from '../../../testing/seeded-random.js';
import { turn } from '../../../testing/virtual-clock.js';
import { type Entry, entryOf } from './catalogue.js';
import { FuzzRig, TIMEOUT } from './fuzz-rig.js';
import { FuzzedUser } from './fuzzed-user.js';
import { HealthyWriter } from './healthy-writer.js';
import type { Lie } from './lies.js';
import { Mutator, type Strike } from './mutator.js';
import { Stage } from './stage.js';

/** The interval between rounds of the users, and the number of rounds, while the mutator is at work. */
const ROUND = 0.2 * TIMEOUT;
const ROUNDS = 5;
/** The round at which every connection is cut, so that the session is taken over. */
const CUT = 2;
/** Within which everything must be right again. */
const PATIENCE = 3 * TIMEOUT;
/** Within which a change must be delivered by a client that is connected. */
const DELIVERY = 0.5 * TIMEOUT;
/** Within which a client must be connected again: refusals of its last zxid may take a timeout more. */
const RETURN = 6 * TIMEOUT;
/** How long close() may take, in ms. */
const CLOSING = 2_500;
/** Lines of the log in a minute, or in less. */
const MOST_LINES = 20;
/** A case with more events is busy without end. */
const MOST_EVENTS = 40_000;
/** Frames of the client in a case: it asks again and again otherwise. */
const MOST_REQUESTS = 3_000;
/** Every path is read again within this time after a lost event. */
const RECHECK = OBSERVING.recheckAfter + 2 * OBSERVING.recheckTick;

/** How one case ended. */
export interface FuzzResult {
  /** Of its stage. */
  readonly seed: number;
  readonly strikes: readonly Strike[];
  /** The number of mutated frames. */
  readonly hits: number;
  readonly lies: readonly Lie[];
  readonly violations: readonly string[];
  readonly lines: readonly string[];
  /** Whether the client was connected when everything had to be right. */
  readonly wasConnected: boolean;
  readonly virtualMs: number;
  readonly story: readonly string[];
}

/** How a case is played. */
export interface PlayOptions {
  /** Whether the story is kept. */
  readonly isRecorded?: boolean;
  /** Whether even the lies that no client could know for one count as faults of the client. */
  readonly isStrict?: boolean;
}

/** Plays the nth case of a seed: one mutation, or a few, at work on a client with watches of every kind. */
export function playCase(seed: number, nth: number, options: PlayOptions = {}): Promise<FuzzResult> {
  const random = SeededRandom.of(seed, `case ${nth}`);
  const strikes = strikesOf(nth, random);
  return playStrikes(random.below(2 ** 31), strikes, options);
}

/** Plays one case with these mutations. */
export async function playStrikes(
  seed: number,
  strikes: readonly Strike[],
  { isRecorded = false, isStrict = false }: PlayOptions = {},
): Promise<FuzzResult> {
  const stage = new Stage(seed, {}, isRecorded);
  const mutator = new Mutator({ random: stage.random, timeout: TIMEOUT, trace: (line) => stage.trace(line) }, strikes);
  stage.behave({ handle: (frame, lane) => mutator.handle(frame, lane) });
  const rig = new FuzzRig(stage, isStrict ? new Set() : mutator.lies);
  const { stackTraceLimit } = Error;
  // Traces are read of a recorded case alone, and take time.
  if (!isRecorded) Error.stackTraceLimit = 0;
  const play = new Play(rig, mutator);
  const onError = (error: unknown) => rig.fail(`nobody handles ${error instanceof Error ? error.stack : error}`);
  process.on('unhandledRejection', onError);
  process.on('uncaughtException', onError);
  try {
    await play.run();
  } catch (error) {
    rig.fail(`it threw ${(error as Error).stack}`);
  } finally {
    process.off('unhandledRejection', onError);
    process.off('uncaughtException', onError);
    stage[Symbol.dispose]();
    Error.stackTraceLimit = stackTraceLimit;
  }
  return {
    seed,
    strikes,
    hits: mutator.hits,
    lies: [...mutator.lies],
    violations: rig.violations,
    lines: rig.lines,
    wasConnected: play.wasConnected,
    virtualMs: stage.clock.now,
    story: stage.story ?? [],
  };
}

function strikesOf(nth: number, random: SeededRandom): Strike[] {
  const strike = (entry: Entry): Strike => ({
    entry,
    skip: random.below(RARE.has(entry.kind) ? 2 : 4),
    times: Number(random.weighted({ 1: 16, 3: 2, 1000: 2 })),
  });
  const strikes = [strike(entryOf(nth))];
  if (random.chance(0.15)) strikes.push(strike(entryOf(random.below(2 ** 30))));
  return strikes;
}

/** Frames that come two or three times in a case. */
const RARE: ReadonlySet<string> = new Set(['handshake', 'auth', 'setWatches', 'closeSession']);

class Play {
  wasConnected = false;
  readonly #rig: FuzzRig;
  readonly #mutator: Mutator;
  #events = 0;

  constructor(rig: FuzzRig, mutator: Mutator) {
    this.#rig = rig;
    this.#mutator = mutator;
  }

  async run(): Promise<void> {
    const { stage, lies } = this.#rig;
    const writer = new HealthyWriter(stage);
    const user = new FuzzedUser(this.#rig);
    for (let round = 0; round < ROUNDS; round += 1) {
      await this.#pass(stage.random.between(0.5, 1) * ROUND);
      if (round === CUT) stage.server.dropConnections();
      user.act();
      await this.#pass(0.3 * ROUND);
      writer.change(false);
    }
    this.#mutator.stop();
    const quiet = Math.max(...stage.wires.map(({ lane }) => lane.busyUntil), stage.clock.now);
    await this.#pass(quiet - stage.clock.now + PATIENCE);
    stage.trace(() => `3 T LATER: the client is ${user.client.state}`);
    this.#checkPromises();
    this.wasConnected = user.client.state === 'connected';
    if (this.wasConnected && lies.size === 0) user.checkWatches();
    await this.#untilConnected(user);
    writer.change(true);
    await this.#pass(DELIVERY);
    if (user.client.state === 'connected') await this.#checkAfterChange(user);
    await this.#close(user);
  }

  /** Whatever was said before, a change reaches everyone. */
  async #checkAfterChange(user: FuzzedUser): Promise<void> {
    const { stage, lies } = this.#rig;
    stage.trace(() => 'AFTER A CHANGE');
    if (lies.size === 0) user.checkWatchers();
    if (lies.has('event')) await this.#pass(RECHECK);
    user.checkWatches();
  }

  async #untilConnected({ client }: FuzzedUser): Promise<void> {
    for (let passed = 0; client.state !== 'connected' && passed < RETURN; passed += ROUND) await this.#pass(ROUND);
    this.#rig.require(client.state === 'connected', () => `the client is ${client.state}, long after the mutations`);
    await this.#pass(DELIVERY);
  }

  async #close(user: FuzzedUser): Promise<void> {
    const { stage, lines } = this.#rig;
    user.close();
    await this.#pass(CLOSING);
    this.#checkPromises();
    this.#rig.require(lines.length < MOST_LINES, () => `${lines.length} lines in the log: ${lines.join(' | ')}`);
    this.#rig.require(stage.requests < MOST_REQUESTS, () => `${stage.requests} requests`);
    stage.server.close();
    await this.#pass(0);
    const { pendingTimers } = stage.clock;
    this.#rig.require(pendingTimers === 0, () => `${pendingTimers} timers are left when all is closed`);
  }

  #checkPromises(): void {
    const { pending } = this.#rig;
    this.#rig.require(pending.length === 0, () => `these promises do not settle: ${pending.join(', ')}`);
  }

  async #pass(ms: number): Promise<void> {
    await this.#rig.stage.clock.pass(ms, () => {
      this.#events += 1;
      if (this.#events > MOST_EVENTS) throw new Error(`more than ${MOST_EVENTS} events`);
    });
    await turn();
  }
}
