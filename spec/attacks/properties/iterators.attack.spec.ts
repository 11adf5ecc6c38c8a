import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { type DataChange, DataWatch } from '../../../index.js';
import { FakeClient } from '../../../testing/fake-client.js';
import { outcome, turn } from '../../../testing/passing-time.js';
import { holds } from './holds.js';

const DONE = { done: true, value: undefined };
const reason = new Error('the reason of the abort');
const thrown = new Error('thrown into the loop');

/** One `next()`, and how many states it may no longer return. */
interface Asked {
  readonly since: number;
  readonly seen: { readonly value: unknown };
}

/** A loop, its watch and its client. */
class Rig {
  readonly client = new FakeClient();
  readonly abort = new AbortController();
  readonly watch = new DataWatch(this.client, '/node', { signal: this.abort.signal });
  readonly iterator = this.watch[Symbol.asyncIterator]();
  readonly asked: Asked[] = [];
  readonly #others: { readonly seen: { value: unknown }; readonly wanted: unknown }[] = [];
  readonly #readies: { value: unknown }[] = [];
  /** The mzxids that the znode has had; null: there was none. */
  readonly #history: (bigint | null)[] = [null];
  #settledHistory = 0;
  /** The first cause that ended the loop. */
  #end: 'quiet' | 'abort' | undefined;

  readonly steps = {
    next: () => this.asked.push({ since: this.#settledHistory, seen: outcome(this.iterator.next()) }),
    ready: () => this.#readies.push(outcome(this.watch.ready)),
    set: () => {
      if (this.client.tree.get('/node')) this.#change(() => this.client.tree.set('/node', ''));
      else this.#change(() => this.client.tree.create('/node'));
    },
    delete: () => {
      if (this.client.tree.get('/node')) this.#change(() => this.client.tree.delete('/node'));
    },
    cut: () => this.#become('suspended'),
    lose: () => this.#become('lost'),
    connect: async () => {
      // Reads in flight must fail before the client is connected again.
      await turn();
      this.#become('connected');
    },
    turn: async () => {
      await turn();
      if (this.client.state === 'connected') this.#settledHistory = this.#history.length - 1;
      this.#expectUpToDate();
    },
    stop: () => {
      this.#end ??= 'quiet';
      this.watch.stop();
    },
    return: () => {
      this.#end ??= 'quiet';
      this.#others.push({ seen: outcome(this.iterator.return?.() as Promise<unknown>), wanted: DONE });
    },
    throw: () => {
      this.#end ??= 'quiet';
      this.#others.push({ seen: outcome(this.iterator.throw?.(thrown) as Promise<unknown>), wanted: thrown });
    },
    abort: () => {
      // A watch that has not begun does not notice the client's close: either cause may end it.
      if (this.client.state !== 'closed') this.#end ??= 'abort';
      this.abort.abort(reason);
    },
    close: () => this.#become('closed'),
  };

  /** Stops the watch, and checks every promise that was handed out. */
  async expectTheEnd(): Promise<void> {
    const isClosed = this.client.state === 'closed';
    this.steps.stop();
    this.steps.ready();
    await turn();
    const outcomes = this.asked.map(({ seen }) => seen.value);
    expect(outcomes).not.toContain('pending');
    this.#expectNothingStaleNorDouble();
    const errors = outcomes.filter((value) => value instanceof Error);
    if (this.#end === 'abort') expect(errors.every((error) => error === reason) && errors.length <= 1).toBe(true);
    else if (!isClosed) expect(errors).toEqual([]);
    // Values, then the error, if any, then nothing more.
    const kinds = outcomes.map((value) => (value instanceof Error ? 1 : (value as { done: boolean }).done ? 2 : 0));
    expect(kinds).toEqual([...kinds].sort());
    for (const { seen, wanted } of this.#others) expect(seen.value).toEqual(wanted);
    for (const ready of this.#readies) expect(ready.value).not.toBe('pending');
    const last = outcome(this.iterator.next());
    const afterwards = outcome(this.iterator.next());
    await turn();
    if (this.#end === 'abort' && errors.length === 0 && !isClosed)
      expect([last.value, kinds]).toEqual([reason, kinds.filter((kind) => kind === 0)]);
    expect(afterwards.value).toStrictEqual(DONE);
    expect([this.watch.stopped, this.client.listenerCount]).toEqual([true, 0]);
  }

  #change(apply: () => void): void {
    apply();
    this.#history.push(this.client.tree.get('/node')?.mzxid ?? null);
  }

  #become(state: 'suspended' | 'lost' | 'connected' | 'closed'): void {
    if (this.client.state === 'closed') return;
    if (state === 'closed' && this.asked.length > 0) this.#end ??= 'quiet';
    this.client.become(state);
  }

  #values(): { mzxid: bigint | null; since: number }[] {
    return this.asked.flatMap(({ seen, since }) => {
      const result = seen.value as IteratorResult<DataChange>;
      return result?.done === false ? [{ mzxid: result.value.stat?.mzxid ?? null, since }] : [];
    });
  }

  /** A `next()` that is pending while nothing happens must follow the newest state. */
  #expectUpToDate(): void {
    const isWaiting = this.asked.some(({ seen }) => seen.value === 'pending');
    if (!isWaiting || this.client.state !== 'connected') return;
    expect(this.#values().at(-1)?.mzxid).toBe(this.#history.at(-1));
  }

  #expectNothingStaleNorDouble(): void {
    let newest = -1n;
    let before: bigint | null | undefined;
    for (const { mzxid, since } of this.#values()) {
      expect(mzxid).not.toBe(before);
      before = mzxid;
      if (mzxid !== null) expect(mzxid > newest).toBe(true);
      newest = mzxid ?? newest;
      // The state held when `next()` was called, or later.
      expect(this.#history.lastIndexOf(mzxid)).toBeGreaterThanOrEqual(since);
    }
  }
}

type Step = keyof Rig['steps'];

const goingOn = fc.constantFrom<Step>(
  'next',
  'next',
  'turn',
  'turn',
  'set',
  'delete',
  'cut',
  'lose',
  'connect',
  'ready',
);
const ending = fc.constantFrom<Step>('stop', 'return', 'throw', 'abort', 'close');
const steps = fc
  .tuple(
    fc.array(goingOn, { maxLength: 25 }),
    fc.array(fc.oneof({ arbitrary: ending, weight: 1 }, { arbitrary: goingOn, weight: 2 }), { maxLength: 8 }),
  )
  .map(([before, after]) => [...before, ...after]);

describe('a loop, in whatever order it is asked, changed, interrupted and ended,', () => {
  holds(
    'gets nothing stale nor twice, lacks nothing that it waits for, and settles everything at its end',
    steps,
    async (all) => {
      const rig = new Rig();
      for (const step of all) await rig.steps[step]();
      await rig.expectTheEnd();
    },
    1_500,
  );
});
