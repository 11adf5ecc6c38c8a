import { Deadline } from '../../core/deadline.js';
import { unavailable } from '../answers.js';
import { JsonAnswer, type Leaving } from '../arrival.js';
import { HTTP } from '../limits.js';
import type { BlobBoard } from './blob-board.js';
import type { PositionsAhead } from './positions-ahead.js';
import type { WatchQuery } from './watch-query.js';

type Answer = Response | JsonAnswer;

/** Shared by all requests. */
interface Knowledge {
  readonly board: BlobBoard;
  readonly ahead: PositionsAhead;
}

/** A request that waits for a change. There may be thousands: each of its fields counts. */
export class Waiter {
  readonly #board: BlobBoard;
  readonly #ahead: PositionsAhead;
  readonly #query: WatchQuery;
  readonly #settle: (response: Answer | null) => void;
  readonly #begun = performance.now();
  readonly #deadline: Deadline;
  readonly #forget: () => void;
  #letGo: () => void = () => {};
  #again: NodeJS.Timeout | undefined;
  #since: bigint | null;
  #cursor: string | null;
  #isTimeOver: boolean;
  #isOver = false;

  /** @param settle called once, with `null` when the client has left */
  constructor(
    { board, ahead }: Knowledge,
    query: WatchQuery,
    leaving: Leaving,
    settle: (response: Answer | null) => void,
  ) {
    this.#board = board;
    this.#ahead = ahead;
    this.#query = query;
    this.#settle = settle;
    this.#since = query.since;
    this.#cursor = query.cursor;
    this.#isTimeOver = query.wait === 0;
    // Spread, so that those who began together do not come back together.
    this.#deadline = new Deadline(query.wait * (1 + Math.random() * HTTP.waitJitter), () => {
      this.#isTimeOver = true;
      this.look();
    });
    this.#forget = board.listen(() => this.look());
    this.#letGo = leaving.listen(() => this.#end(null));
  }

  /** Answers if there is an answer. */
  look(): void {
    if (this.#isOver) return;
    clearTimeout(this.#again);
    const answer = this.#answer();
    if (answer) return this.#end(answer);
    this.#advance();
    // While nothing is due: a change, the end of the time, or the client's leaving is waited for.
    const lookIn = this.#board.lookIn(this.#since) ?? (this.#isTimeOver ? HTTP.lookEvery : null);
    if (lookIn !== null) this.#again = setTimeout(() => this.look(), lookIn);
  }

  #answer(): Answer | null {
    const board = this.#board;
    const since = this.#since;
    const answer = board.answer(since, this.#cursor, this.#query);
    if (answer) return new JsonAnswer(answer);
    if (!board.isFresh) this.#ahead.forget();
    else if (since !== null && since <= board.position) {
      this.#ahead.came(since);
      if (this.#isTimeOver) return new JsonAnswer(board.nothing(since));
    } else if (since !== null && this.#ahead.isForeign(since)) return new JsonAnswer(board.list(this.#query));
    const waited = performance.now() - this.#begun;
    if (board.isOver || (this.#isTimeOver && waited >= HTTP.patience))
      return unavailable('the server is not up to date with ZooKeeper');
    return null;
  }

  /** Nothing up to the board's position is news: as if it had been answered so, and had come back. */
  #advance(): void {
    const next = this.#board.advanced(this.#since, this.#cursor);
    if (!next) return;
    this.#since = next.since;
    this.#cursor = next.cursor;
  }

  #end(response: Answer | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#again);
    this.#deadline.cancel();
    this.#forget();
    this.#letGo();
    this.#settle(response);
  }
}
