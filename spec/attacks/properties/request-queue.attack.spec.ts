import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { ClientClosedError, codeOf } from '../../../lib/core/errors.js';
import type { Connection, ReplyHandler } from '../../../lib/zookeeper/connection/connection.js';
import { RequestQueue } from '../../../lib/zookeeper/session/request-queue.js';
import { RequestCounts } from '../../../lib/zookeeper/session/session-counts.js';
import { turn, type VirtualClock, withVirtualClock } from '../../../testing/virtual-clock.js';
import { holds } from './holds.js';

const PATIENCE = 1_000;
const WINDOW = 1_000;

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('submit' as const),
      count: fc.constantFrom(1, 2, 3, 2_400),
      isRead: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('answer' as const),
      count: fc.constantFrom(1, 2, 1_600),
      isError: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(1, 400, 999, 1_000) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('attach' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('detach' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lost' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('close' as const) }) },
);

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

interface Entry {
  readonly id: number;
  readonly isRead: boolean;
  since: number;
}

/** A queue beside a model of two plain arrays. */
class Rig {
  readonly #clock: VirtualClock;
  readonly #queue = new RequestQueue(
    PATIENCE,
    { begin: () => {}, send: () => {}, end: () => {} },
    () => this.#detach(),
    new RequestCounts(),
  );
  readonly #sent: { readonly id: number; readonly onReply: ReplyHandler<never> }[] = [];
  readonly #settled: string[] = [];
  readonly #expectedSettled: string[] = [];
  #waiting: Entry[] = [];
  #onTheWay: Entry[] = [];
  #isAttached = false;
  #ids = 0;
  #sentBefore = 0;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  async do(step: Step): Promise<void> {
    if (step.do === 'submit') for (let n = 0; n < step.count; n += 1) this.#submit(step.isRead);
    else if (step.do === 'answer') for (let n = 0; n < step.count; n += 1) this.#answer(step.isError);
    else if (step.do === 'pass') await this.#pass(step.ms);
    else if (step.do === 'attach') this.#attach();
    else if (step.do === 'detach') this.#detach();
    else if (step.do === 'lost') this.#lose();
    else this.#close();
    await turn();
    this.#expectAsModelled();
  }

  async end(): Promise<void> {
    await this.do({ do: 'close' });
    expect(this.#settled.length).toBe(this.#ids);
    expect(this.#clock.pendingTimers).toBe(0);
  }

  #submit(isRead: boolean): void {
    const id = this.#ids++;
    const wire = { name: `${id}`, frame: Buffer.alloc(0), decode: () => id };
    this.#queue.submit({ wire, path: '/', isRead }).then(
      (value) => this.#settled.push(`${id} ${value}`),
      (error) => this.#settled.push(`${id} ${codeOf(error)}`),
    );
    this.#waiting.push({ id, isRead, since: performance.now() });
    this.#send();
  }

  #send(): void {
    while (this.#isAttached && this.#onTheWay.length < WINDOW) {
      const entry = this.#waiting.shift();
      if (!entry) return;
      this.#onTheWay.push(entry);
    }
  }

  #answer(isError: boolean): void {
    const entry = this.#onTheWay.shift();
    if (!entry || !this.#isAttached) return;
    const { onReply } = this.#sent.find(({ id }) => id === entry.id) ?? expect.fail(`${entry.id} was not sent`);
    onReply(isError ? -101 : 0, entry.id as never);
    // A duplicate answer must have no effect.
    onReply(0, 'again' as never);
    this.#settles([entry], isError ? 'NO_NODE' : undefined);
    this.#send();
  }

  #attach(): void {
    if (this.#isAttached) return;
    this.#isAttached = true;
    this.#sentBefore = this.#sent.length;
    const connection: Pick<Connection, 'request'> = {
      request: (wire, onReply) => {
        this.#sent.push({ id: Number(wire.name), onReply: onReply as ReplyHandler<never> });
      },
    };
    this.#queue.attach(connection as Connection, { begin: () => true, answered: () => {} });
    this.#send();
  }

  #detach(): void {
    this.#queue.detach(new Error('cut'));
    if (!this.#isAttached) return;
    this.#isAttached = false;
    this.#settles(this.#onTheWay, 'CONNECTION_LOSS');
    this.#onTheWay = [];
    for (const entry of this.#waiting) entry.since = performance.now();
  }

  #lose(): void {
    this.#queue.rejectWrites();
    this.#settles(
      this.#waiting.filter(({ isRead }) => !isRead),
      'SESSION_EXPIRED',
    );
    this.#waiting = this.#waiting.filter(({ isRead }) => isRead);
  }

  #close(): void {
    this.#queue.rejectAll(() => new ClientClosedError('closed'));
    this.#settles([...this.#onTheWay, ...this.#waiting], 'CLIENT_CLOSED');
    this.#onTheWay = [];
    this.#waiting = [];
    this.#isAttached = false;
  }

  async #pass(ms: number): Promise<void> {
    await this.#clock.pass(ms);
    if (this.#isAttached) return;
    const isOver = ({ since }: Entry): boolean => since + PATIENCE <= performance.now();
    this.#settles(this.#waiting.filter(isOver), 'CONNECTION_LOSS');
    this.#waiting = this.#waiting.filter((entry) => !isOver(entry));
  }

  #settles(entries: readonly Entry[], code?: string): void {
    for (const { id } of entries) this.#expectedSettled.push(`${id} ${code ?? id}`);
  }

  #expectAsModelled(): void {
    expect([...this.#settled].sort()).toEqual([...this.#expectedSettled].sort());
    const ids = this.#sent.map(({ id }) => id);
    // First in, first out, and nothing sent twice.
    expect(ids.every((id, at) => at === 0 || id > (ids[at - 1] as number))).toBe(true);
    const open = ids.slice(this.#sentBefore).filter((id) => this.#onTheWay.some((entry) => entry.id === id));
    if (this.#isAttached) expect(open).toEqual(this.#onTheWay.map(({ id }) => id));
  }
}

describe('the queue of requests', () => {
  holds(
    'sends in order and each once, no more than its window at a time, and settles each once',
    fc.array(step, { maxLength: 20, size: 'max' }),
    (steps) =>
      withVirtualClock(0, async (clock) => {
        const rig = new Rig(clock);
        for (const each of steps) await rig.do(each);
        await rig.end();
      }),
    60,
  );
});
