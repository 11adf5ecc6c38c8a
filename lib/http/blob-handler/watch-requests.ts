import type { BlobStore } from '../../../recipes/blobs/index.js';
import { onAbort } from '../../core/abort.js';
import { Deadline } from '../../core/deadline.js';
import { json, refuse, unavailable } from '../answers.js';
import { HTTP } from '../limits.js';
import { wrongMethod } from './answers.js';
import { BlobBoard } from './blob-board.js';
import type { HandlerContext } from './handler-context.js';
import { PositionsAhead } from './positions-ahead.js';
import { parseWatchQuery, type WatchQuery } from './watch-query.js';

/** Answers requests for changes: each waits until there is one. */
export class WatchRequests {
  readonly #board: BlobBoard;
  readonly #context: HandlerContext;
  readonly #ahead = new PositionsAhead();
  #waiting = 0;

  constructor(storage: BlobStore, context: HandlerContext) {
    this.#board = new BlobBoard(storage);
    this.#context = context;
  }

  /** @param authorize resolves with a refusal, or with `null` */
  async answer(request: Request, authorize: (ids: readonly (string | null)[]) => Promise<Response | null>) {
    if (request.method !== 'GET' && request.method !== 'POST') return wrongMethod('GET, POST');
    const query = await parseWatchQuery(request, this.#context.maxWait);
    const refusal = await authorize([...query.ids, ...query.prefixes.map(patternOf)]);
    if (refusal) return refusal;
    if (this.#waiting >= this.#context.maxWaiters) {
      const message = 'requests for changes were refused, as too many wait';
      this.#context.trouble.report('waiters', { level: 'warn', details: { waiting: this.#waiting }, message });
      return unavailable('too many requests wait');
    }
    this.#waiting += 1;
    this.#board.follow();
    try {
      return await this.#wait(query, request.signal);
    } finally {
      this.#waiting -= 1;
      if (this.#waiting === 0) this.#board.leave();
    }
  }

  async #wait(query: WatchQuery, signal: AbortSignal): Promise<Response> {
    const board = this.#board;
    const begun = performance.now();
    const { since, cursor } = query;
    // Spread, so that those who began together do not come back together.
    const wait = query.wait * (1 + Math.random() * HTTP.waitJitter);
    const alarm = new Alarm(wait, signal);
    try {
      for (;;) {
        if (signal.aborted) return refuse(499, 'ABORTED', 'the client has left');
        const answer = board.answer(since, cursor, query);
        if (answer) return json(200, answer);
        if (!board.isFresh) this.#ahead.forget();
        else if (since !== null && since <= board.position) {
          this.#ahead.came(since);
          if (alarm.isOver) return json(200, board.nothing(since));
        } else if (since !== null && this.#ahead.isForeign(since)) return json(200, board.list(query));
        const waited = performance.now() - begun;
        if (board.isOver || (alarm.isOver && waited >= HTTP.patience))
          return unavailable('the server is not up to date with ZooKeeper');
        // While nothing is due: a change, the end of the time, or the client's leaving is waited for.
        await alarm.next(board, board.lookIn(since) ?? (alarm.isOver ? HTTP.lookEvery : null));
      }
    } finally {
      alarm.cancel();
    }
  }
}

/** As `authorize` sees a prefix: no text that is compared with ids takes it for one that it allows. */
function patternOf(prefix: string): string | null {
  return prefix === '' ? null : `${prefix}*`;
}

/** The end of a request's time. */
class Alarm {
  readonly #deadline: Deadline;
  readonly #signal: AbortSignal;
  #wake: (() => void) | undefined;
  #isOver = false;

  constructor(ms: number, signal: AbortSignal) {
    this.#signal = signal;
    this.#isOver = ms === 0;
    this.#deadline = new Deadline(ms, () => {
      this.#isOver = true;
      this.#wake?.();
    });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  cancel(): void {
    this.#deadline.cancel();
  }

  /** Resolves when there may be something new. @param most ms; `null` for no limit */
  next(board: BlobBoard, most: number | null): Promise<void> {
    return new Promise((resolve) => {
      const letGo: (() => void)[] = [];
      const end = (): void => {
        this.#wake = undefined;
        for (const each of letGo.splice(0)) each();
        resolve();
      };
      this.#wake = end;
      letGo.push(board.listen(end));
      if (most !== null) {
        const timer = setTimeout(end, most);
        letGo.push(() => clearTimeout(timer));
      }
      letGo.push(onAbort(this.#signal, end));
    });
  }
}
