import type { RawData, WebSocket } from 'ws';
import type { WireError } from '../../../recipes/events/index.js';
import { Deadline } from '../../core/deadline.js';
import { reportThrown } from '../../core/thrown.js';
import { refusalOf } from '../authorize.js';
import { type ClientMessage, parseMessage } from './client-request.js';
import type { GatewayContext } from './gateway-context.js';
import { GATEWAY } from './limits.js';
import { Reader } from './reader.js';
import { toBadRequest } from './refusal.js';
import type { TreeFeed } from './tree-feed.js';
import { withAuthorization } from './upgrade-request.js';

/** The codes with which sockets are closed. */
const CLOSED = { goingAway: 1_001, refused: 1_008, failed: 1_011 } as const;

/** One socket: takes messages one at a time, and sends one batch at a time, so that a slow client costs no memory. */
export class SocketSession {
  readonly #socket: WebSocket;
  readonly #request: Request;
  readonly #feed: TreeFeed;
  readonly #context: GatewayContext;
  readonly #onEnd: () => void;
  readonly #over = new AbortController();
  readonly #closed: Promise<void>;
  /** The messages that are being handled, one after the other. */
  #handling: Promise<void> = Promise.resolve();
  #messages = 0;
  /** A subscription that begins as soon as the feed is as new as the client. */
  #asked: ClientMessage | undefined;
  #reader: Reader | undefined;
  #id = 0;
  /** Of the last batch. */
  #position = 0n;
  /** Whether the next batch is the first one of its subscription, which is sent in any case. */
  #isFirst = false;
  /** Whether a batch is sent for the sake of its position. */
  #isPositionDue = false;
  #wake: () => void = () => {};
  #isAwake = false;
  #ticks = 0;
  #unanswered = 0;
  #pings = 0;
  /** The ping behind all that was sent: an answer to one before it does not show that this was read. */
  #awaited = 0;
  /** Characters that were sent, and may not have been read. */
  #unread = 0;
  #sentAt = performance.now();
  readonly #ticker: NodeJS.Timeout;
  readonly #patience: Deadline;

  constructor(socket: WebSocket, request: Request, feed: TreeFeed, context: GatewayContext, onEnd: () => void) {
    this.#socket = socket;
    this.#request = request;
    this.#feed = feed;
    this.#context = context;
    this.#onEnd = onEnd;
    this.#closed = new Promise((resolve) => socket.on('close', () => resolve()));
    const removeListener = feed.listen(() => this.#stir());
    this.#ticker = setInterval(() => this.#tick(), GATEWAY.positionEvery).unref();
    this.#patience = new Deadline(GATEWAY.subscribeWithin, () => this.#refuse('nothing was subscribed to'));
    socket.on('message', (data, isBinary) => this.#took(data, isBinary));
    socket.on('pong', (number) => {
      this.#unanswered = 0;
      if (Number(number) >= this.#awaited) this.#unread = 0;
      this.#stir();
    });
    // `close` follows.
    socket.on('error', () => {});
    void this.#closed.then(() => {
      removeListener();
      clearInterval(this.#ticker);
      this.#patience.cancel();
      this.#over.abort();
      this.#stir();
      this.#onEnd();
    });
    void this.#run();
  }

  /** The gateway closes. Resolves once the socket has ended. */
  end(): Promise<void> {
    if (!this.#over.signal.aborted) {
      this.#over.abort();
      this.#stir();
      this.#close(CLOSED.goingAway, 'the gateway closes');
    }
    return this.#closed;
  }

  #close(code: number, reason: string): void {
    this.#socket.close(code, reason);
    const deadline = new Deadline(GATEWAY.closeWithin, () => this.#socket.terminate());
    void this.#closed.then(() => deadline.cancel());
  }

  #refuse(reason: string): void {
    this.#over.abort();
    this.#stir();
    this.#close(CLOSED.refused, reason);
  }

  /** Nothing more is read until the message was handled. */
  #took(data: RawData, isBinary: boolean): void {
    this.#messages += 1;
    this.#socket.pause();
    this.#handling = this.#handling
      .then(() => this.#handle(data, isBinary))
      .catch((error: unknown) => this.#failed(error))
      .then(() => {
        this.#messages -= 1;
        if (this.#messages === 0) this.#socket.resume();
      });
  }

  async #handle(data: RawData, isBinary: boolean): Promise<void> {
    if (this.#over.signal.aborted) return;
    let message: ClientMessage;
    try {
      message = parseMessage(isBinary ? '' : String(data), this.#context.maxFilters);
    } catch (error) {
      return this.#answer({ error: toBadRequest(error) }, idOf(data));
    }
    const { id, authorization } = message;
    const asking = withAuthorization(this.#request, authorization);
    const refusal = await refusalOf(this.#context, asking, 'watch', message.paths);
    if (refusal) {
      const reason = `refused with status ${refusal.status}`;
      return this.#answer({ error: { code: refusal.status < 500 ? 'FORBIDDEN' : 'UNAVAILABLE', message: reason } }, id);
    }
    this.#patience.cancel();
    this.#asked = message;
    this.#stir();
  }

  #answer(error: WireError, id: number | undefined): Promise<void> {
    return this.#send(JSON.stringify({ ...(id !== undefined && { id }), ...error }));
  }

  /** Resolves once the system has taken the text, or the socket has ended. */
  #send(text: string): Promise<void> {
    this.#sentAt = performance.now();
    return new Promise((resolve) => {
      this.#socket.send(text, () => resolve());
    });
  }

  async #run(): Promise<void> {
    try {
      while (!this.#over.signal.aborted) {
        this.#isAwake = false;
        const hasSent = (await this.#begin()) && !this.#isAhead && (await this.#sendBatch());
        if (!hasSent) await this.#untilAwake();
      }
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Begins the subscription that was asked for last. Resolves with whether there is one. */
  async #begin(): Promise<boolean> {
    const asked = this.#asked;
    if (!asked) return this.#reader !== undefined;
    this.#reader = undefined;
    const currency = await this.#feed.upTo(asked.seen ?? asked.since ?? 0n, this.#over.signal);
    // Another one may have been asked for meanwhile.
    if (currency === null || this.#asked !== asked) return false;
    this.#asked = undefined;
    this.#reader = new Reader(this.#feed, asked, currency);
    this.#id = asked.id;
    this.#isFirst = true;
    return true;
  }

  /** Resolves with whether there was something to be sent. */
  async #sendBatch(): Promise<boolean> {
    const reader = this.#reader as Reader;
    const { text, isNews, hasMore, position } = await reader.next();
    const isDue = isNews || hasMore || this.#isFirst || this.#isPositionDue;
    if (!isDue || this.#over.signal.aborted) return false;
    this.#isFirst = false;
    this.#isPositionDue = false;
    this.#position = position;
    await this.#send(`{"id":${this.#id},${text}`);
    this.#unread += text.length;
    if (this.#isAhead) {
      this.#ping();
      this.#awaited = this.#pings;
    }
    return true;
  }

  #ping(): void {
    this.#pings += 1;
    this.#socket.ping(`${this.#pings}`);
  }

  /** Whether the reader has to catch up first: a ping behind more than that would look like one without an answer. */
  get #isAhead(): boolean {
    return this.#unread >= GATEWAY.sentAhead;
  }

  #stir(): void {
    this.#isAwake = true;
    this.#wake();
  }

  #untilAwake(): Promise<void> {
    if (this.#isAwake) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #tick(): void {
    this.#ticks += 1;
    if (this.#reader && this.#feed.isFresh && this.#feed.position > this.#position) {
      this.#isPositionDue = true;
      this.#stir();
    }
    if (this.#ticks * GATEWAY.positionEvery < GATEWAY.pingEvery) return;
    this.#ticks = 0;
    // While a message is handled, no answer to a ping is read.
    if (this.#messages === 0) this.#unanswered += 1;
    if (this.#unanswered > 2) return this.#socket.terminate();
    this.#ping();
    // Pages do not see pings.
    const isQuiet = performance.now() - this.#sentAt >= GATEWAY.pingEvery - GATEWAY.positionEvery;
    if (isQuiet && this.#socket.bufferedAmount === 0) void this.#send('{}');
  }

  #failed(error: unknown): void {
    reportThrown(this.#context.trouble, error, 'a socket of the event gateway');
    this.#over.abort();
    this.#close(CLOSED.failed, 'internal error');
  }
}

/** The id of a message that is not valid, if it has one. */
function idOf(data: RawData): number | undefined {
  try {
    const { id } = JSON.parse(String(data)) as { id?: unknown };
    return Number.isSafeInteger(id) ? (id as number) : undefined;
  } catch {
    return undefined;
  }
}
