import type { BlobStore } from '../../../recipes/blobs/index.js';
import { refuse, unavailable } from '../answers.js';
import type { Arrival, JsonAnswer, Leaving } from '../arrival.js';
import { wrongMethod } from './answers.js';
import { BlobBoard } from './blob-board.js';
import type { HandlerContext } from './handler-context.js';
import { PositionsAhead } from './positions-ahead.js';
import { Waiter } from './waiter.js';
import { parseWatchQuery, type WatchQuery } from './watch-query.js';

type Authorization = (ids: readonly (string | null)[]) => Promise<Response | null>;

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

  /**
   * Lets go of the request before it waits.
   *
   * @param authorize resolves with a refusal, or with `null`
   */
  async answer(arrival: Arrival, authorize: Authorization): Promise<Response | JsonAnswer> {
    if (arrival.method !== 'GET' && arrival.method !== 'POST') return wrongMethod('GET, POST');
    const { leaving } = arrival;
    return this.#admit(arrival, authorize).then((admitted) => {
      return admitted instanceof Response ? admitted : this.#wait(admitted, leaving);
    });
  }

  /** Resolves with what is asked for, or with a refusal. */
  async #admit(arrival: Arrival, authorize: Authorization): Promise<WatchQuery | Response> {
    const query = await parseWatchQuery(arrival, this.#context.maxWait);
    return (await authorize([...query.ids, ...query.prefixes.map(patternOf)])) ?? query;
  }

  #wait(query: WatchQuery, leaving: Leaving): Response | Promise<Response | JsonAnswer> {
    if (this.#waiting >= this.#context.maxWaiters) {
      const message = 'requests for changes were refused, as too many wait';
      this.#context.trouble.report('waiters', { level: 'warn', details: { waiting: this.#waiting }, message });
      return unavailable('too many requests wait');
    }
    this.#waiting += 1;
    this.#board.follow();
    return new Promise<Response | JsonAnswer>((resolve) => {
      new Waiter({ board: this.#board, ahead: this.#ahead }, query, leaving, (response) => {
        this.#waiting -= 1;
        if (this.#waiting === 0) this.#board.leave();
        resolve(response ?? refuse(499, 'ABORTED', 'the client has left'));
      }).look();
    });
  }
}

/** As `authorize` sees a prefix: no text that is compared with ids takes it for one that it allows. */
function patternOf(prefix: string): string | null {
  return prefix === '' ? null : `${prefix}*`;
}
