import type { SeededRandom } from '../../../testing/seeded-random.js';
import { type Entry, printEntry } from './catalogue.js';
import { fieldChanges } from './field-mutations.js';
import { fieldsOf } from './frame-fields.js';
import { FRAME_MUTATIONS, type Frame } from './frame-mutations.js';
import type { Lane } from './lane.js';
import { type Lie, lieIn } from './lies.js';

/** One mutation, and at which frames of its kind it strikes. */
export interface Strike {
  readonly entry: Entry;
  /** How many frames pass before the first one. */
  readonly skip: number;
  /** How many frames it strikes. */
  readonly times: number;
}

interface Active {
  readonly strike: Strike;
  skip: number;
  times: number;
}

/** How many earlier frames are kept, to be sent again. */
const KEPT = 60;

/** What the mutator needs of the run. */
export interface MutatorHost {
  readonly random: SeededRandom;
  /** The session timeout, in ms. */
  readonly timeout: number;
  trace(line: () => string): void;
}

/** Stands between the server and the client, and mutates a frame or a few. */
export class Mutator {
  /** How often it has struck. */
  hits = 0;
  /** The lies that went out. */
  readonly lies = new Set<Lie>();
  readonly #host: MutatorHost;
  readonly #active: Active[];
  readonly #earlier: Frame[] = [];
  #isOver = false;

  constructor(host: MutatorHost, strikes: readonly Strike[]) {
    this.#host = host;
    this.#active = strikes.map((strike) => ({ strike, skip: strike.skip, times: strike.times }));
  }

  /** From now on every frame passes but the last one of a session, whose turn has not come yet. */
  stop(): void {
    this.#isOver = true;
  }

  /** Sends a frame of the server on its way. */
  handle(frame: Frame, lane: Lane): void {
    const isLeft = !this.#isOver || frame.kind === 'closeSession';
    const due = isLeft ? this.#active.find((each) => this.#isDue(each, frame)) : undefined;
    if (!due || !this.#strike(due.strike.entry, frame, lane)) lane.pass(frame.bytes);
    else {
      due.times -= 1;
      this.hits += 1;
      this.#host.trace(() => `STRIKE ${printEntry(due.strike.entry)}`);
    }
    this.#earlier.push(frame);
    if (this.#earlier.length > KEPT) this.#earlier.shift();
  }

  #isDue(each: Active, { kind }: Frame): boolean {
    if (each.strike.entry.kind !== kind || each.times === 0) return false;
    if (each.skip === 0) return true;
    each.skip -= 1;
    return false;
  }

  #strike({ field, mutation }: Entry, frame: Frame, lane: Lane): boolean {
    const { random, timeout } = this.#host;
    if (field !== null) return this.#changeField(field, mutation, frame, lane);
    const context = { random, lane, timeout, earlier: this.#earlier };
    let isDone = false;
    const sent = lane.recorded(() => {
      isDone = FRAME_MUTATIONS[mutation]?.(frame.bytes, context, frame.kind) ?? false;
    });
    if (isDone) this.#judge(frame, sent);
    return isDone;
  }

  #changeField(name: string, mutation: string, frame: Frame, lane: Lane): boolean {
    const { random } = this.#host;
    const { fields } = fieldsOf(frame.kind, frame.bytes);
    const candidates = fields.filter((field) => field.name === name);
    if (candidates.length === 0) return false;
    const field = random.pick(candidates);
    const sent = fieldChanges(name, field.type)[mutation]?.(Buffer.from(frame.bytes), field, { random, fields });
    if (!sent) return false;
    this.#judge(frame, [sent]);
    lane.pass(sent);
    return true;
  }

  /** Notes the lies that no client could know for one. */
  #judge(frame: Frame, sent: readonly Buffer[]): void {
    for (const bytes of sent) {
      const lie = lieIn(frame, bytes);
      if (lie) this.lies.add(lie);
    }
    if (frame.kind === 'notification' && sent.length === 0) this.lies.add('event');
  }
}
