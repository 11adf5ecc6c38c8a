import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { PatientChildrenWatch } from '../../../index.js';
import { codeOf } from '../../../lib/core/errors.js';
import { FakeClient } from '../../../testing/fake-client.js';
import { type VirtualClock, withVirtualClock } from '../../../testing/virtual-clock.js';
import { holds } from './holds.js';
import { SettleModel } from './settle-model.js';

/** Never a multiple of a step: no step coincides with the end of a boundary. */
const BOUNDARY = 105;
const STEP = 10;

type Act = 'add' | 'replace' | 'set' | 'delete node' | 'create node' | 'cut' | 'connect' | 'hold' | 'release' | 'close';

interface Step {
  readonly after: number;
  readonly act: Act;
}

const step: fc.Arbitrary<Step> = fc.record({
  after: fc.oneof(
    fc.constant(STEP),
    fc.integer({ min: 1, max: 15 }).map((steps) => steps * STEP),
  ),
  act: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom<Act>('add', 'replace', 'set') },
    { weight: 1, arbitrary: fc.constantFrom<Act>('delete node', 'create node', 'close') },
    { weight: 7, arbitrary: fc.constantFrom<Act>('cut', 'connect', 'connect') },
    { weight: 5, arbitrary: fc.constantFrom<Act>('hold', 'release', 'release') },
  ),
});

const story = fc.record({
  beginsConnected: fc.boolean(),
  steps: fc.array(step, { maxLength: 25, size: 'max' }),
});

const now = (): number => Math.round(performance.now());

/** A wait and its client beside the model of both. */
class Rig {
  readonly #clock: VirtualClock;
  readonly #client: FakeClient;
  readonly #model: SettleModel;
  readonly #start = now();
  readonly #seen = { settled: [] as string[], changed: [] as string[] };
  #release: (() => void) | null = null;
  #names = 0;

  constructor(clock: VirtualClock, beginsConnected: boolean) {
    this.#clock = clock;
    this.#client = new FakeClient(beginsConnected ? 'connected' : 'suspended');
    this.#client.tree.create('/node');
    this.#model = new SettleModel(BOUNDARY, beginsConnected, this.#mark, '');
    const watch = new PatientChildrenWatch(this.#client, '/node', { timeBoundary: BOUNDARY });
    watch.start().then(
      ({ children, changed }) => {
        this.#seen.settled.push(`${this.#time} ${children}`);
        changed.then(
          (event) => this.#seen.changed.push(`${this.#time} ${event?.type ?? null}`),
          (error) => this.#seen.changed.push(`${this.#time} ${codeOf(error)}`),
        );
      },
      (error) => {
        this.#seen.settled.push(`${this.#time} ${codeOf(error)}`);
        // The user never receives `changed`.
        this.#seen.changed.push(`${this.#time} ${codeOf(error)}`);
      },
    );
  }

  get #time(): number {
    return now() - this.#start;
  }

  get #mark(): number {
    return Number(this.#client.tree.get('/node')?.pzxid ?? -1);
  }

  async do({ after, act }: Step): Promise<void> {
    await this.#clock.pass(after);
    this.#model.passes(this.#time);
    this.#act(act);
    await this.#clock.pass(0);
    this.expectAsModelled();
  }

  expectAsModelled(): void {
    const { settled, changed } = this.#model;
    expect(this.#seen).toEqual({ settled: settled ? [settled] : [], changed: changed ? [changed] : [] });
  }

  #act(act: Act): void {
    const client = this.#client;
    const { state } = client;
    if (act === 'cut') {
      if (state === 'connected') client.become('suspended');
      if (state === 'connected') this.#model.disconnects();
    } else if (act === 'connect') {
      if (state === 'suspended') client.become('connected');
      if (state === 'suspended') this.#model.connects(this.#time);
    } else if (act === 'hold') {
      this.#release ??= client.hold();
      this.#model.holds();
    } else if (act === 'release') {
      this.#release?.();
      this.#release = null;
      this.#model.releases(this.#time);
    } else if (act === 'close') {
      if (state !== 'closed') client.become('closed');
      this.#model.closes(this.#time);
    } else {
      this.#change(act);
    }
  }

  #change(act: 'add' | 'replace' | 'set' | 'delete node' | 'create node'): void {
    const { tree } = this.#client;
    const before = this.#mark;
    const children = tree.get('/node')?.children;
    if (!children) {
      if (act === 'create node') tree.create('/node');
    } else if (act === 'add') tree.create(`/node/${this.#names++}`);
    else if (act === 'set') tree.set('/node', 'data');
    else if (act === 'replace' && children[0]) tree.replace(`/node/${children[0]}`);
    else if (act === 'delete node' && children.length === 0) tree.delete('/node');
    const names = tree.get('/node')?.children;
    if (this.#mark !== before) {
      this.#model.changes(this.#time, this.#mark, names ? [...names].sort().join() : null);
    }
  }
}

describe('PatientChildrenWatch', () => {
  holds(
    'settles once, when the children have not changed for its time, never while that is unknown; so does `changed`',
    story,
    ({ beginsConnected, steps }) =>
      withVirtualClock(0, async (clock) => {
        const rig = new Rig(clock, beginsConnected);
        for (const each of steps) await rig.do(each);
        for (const act of ['release', 'connect'] as const) await rig.do({ after: STEP, act });
        await rig.do({ after: 20 * STEP, act: 'set' });
        await rig.do({ after: STEP, act: 'close' });
        expect(clock.pendingTimers).toBe(0);
      }),
    1_000,
  );
});
