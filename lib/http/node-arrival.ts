import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Arrival, type Leaving, noteLeaving } from './arrival.js';
import { addressOf } from './incoming-address.js';
import { toHeaders } from './incoming-headers.js';
import { RefusedBody } from './request-body.js';

/** A request at a server of Node. */
export class NodeArrival implements Arrival {
  readonly method: string;
  readonly url: string;
  readonly leaving: NodeLeaving;
  readonly #incoming: IncomingMessage;
  #request: Request | undefined;

  private constructor(incoming: IncomingMessage, url: string, leaving: NodeLeaving) {
    this.method = incoming.method ?? 'GET';
    this.url = url;
    this.leaving = leaving;
    this.#incoming = incoming;
  }

  /** `null` when it has no URL. */
  static of(incoming: IncomingMessage, leaving: NodeLeaving): NodeArrival | null {
    const url = addressOf(incoming);
    return url === null ? null : new NodeArrival(incoming, url, leaving);
  }

  /** @throws RefusedBody for what is no request */
  get request(): Request {
    this.#request ??= this.#toRequest();
    return this.#request;
  }

  #toRequest(): Request {
    const { method, url, leaving } = this;
    const incoming = this.#incoming;
    const aborting = new AbortController();
    const hasBody = method !== 'GET' && method !== 'HEAD';
    try {
      const body = hasBody ? toStream(incoming, () => leaving.isAnswered) : null;
      const init = { method, headers: toHeaders(incoming.headers), signal: aborting.signal, body, duplex: 'half' };
      const request = new Request(url, init as RequestInit);
      leaving.listen(() => aborting.abort());
      noteLeaving(request, leaving);
      return request;
    } catch {
      throw new RefusedBody(400, 'this is no request');
    }
  }
}

/** Hears of a client by its connection. */
export class NodeLeaving implements Leaving {
  readonly #outgoing: ServerResponse;

  constructor(outgoing: ServerResponse) {
    this.#outgoing = outgoing;
  }

  get hasLeft(): boolean {
    return this.isOver && !this.isAnswered;
  }

  get isAnswered(): boolean {
    const { writableEnded, writableFinished } = this.#outgoing;
    return writableEnded && writableFinished;
  }

  /** Whether nothing more can be sent. Answers of HTTP/2 are never `destroyed`, but their streams are. */
  get isOver(): boolean {
    const { destroyed, stream } = this.#outgoing as ServerResponse & { stream?: Duplex };
    return stream?.destroyed ?? destroyed;
  }

  listen(callback: () => void): () => void {
    const outgoing = this.#outgoing;
    const closed = (): void => {
      if (this.hasLeft) callback();
    };
    if (this.isOver) closed();
    else outgoing.on('close', closed);
    return () => outgoing.off('close', closed);
  }
}

/** The body, up to the end of the answer. Cancelling it leaves the connection, at which the answer is to be sent. */
function toStream(incoming: IncomingMessage, isAnswered: () => boolean): ReadableStream<Uint8Array> {
  let isOver = false;
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const end = (finish: () => void): void => {
          if (!isOver) finish();
          isOver = true;
        };
        // Otherwise nothing of the following would ever come.
        if (incoming.readableEnded || incoming.destroyed)
          end(() => controller.error(new Error('the body was read before, or the client has left')));
        incoming.on('data', (chunk: Buffer) => {
          if (isAnswered()) end(() => controller.error(new Error('the request was answered')));
          if (isOver) return;
          controller.enqueue(chunk);
          if ((controller.desiredSize ?? 0) <= 0) incoming.pause();
        });
        incoming.on('end', () => end(() => controller.close()));
        incoming.on('close', () => end(() => controller.error(new Error('the client has left'))));
        incoming.pause();
      },
      pull: () => void incoming.resume(),
      cancel: () => {
        isOver = true;
        incoming.pause();
      },
    },
    { highWaterMark: 0 },
  );
}
