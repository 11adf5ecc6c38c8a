import { onAbort } from '../core/abort.js';
import { COMMON_HEADERS } from './answers.js';
import type { FetchHandler } from './fetch-handler.js';

/** Hears of a client that leaves before it was answered. */
export interface Leaving {
  readonly hasLeft: boolean;
  /** Returns a function that removes the callback. */
  listen(callback: () => void): () => void;
}

/** A request. Its `Request` is made when somebody asks for it: it takes more time and memory than all else. */
export interface Arrival {
  readonly method: string;
  readonly url: string;
  readonly leaving: Leaving;
  readonly request: Request;
}

/** An answer with status 200, of JSON. A `Response` is made of it only for others. */
export class JsonAnswer {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  get headers(): Record<string, string> {
    return { ...COMMON_HEADERS, 'content-type': 'application/json', 'cache-control': 'no-store' };
  }
}

/** A handler of this package, as the listener of this package calls it. */
export type DirectHandler = (arrival: Arrival) => Promise<Response | JsonAnswer>;

const directHandlers = new WeakMap<FetchHandler, DirectHandler>();
const leavings = new WeakMap<Request, Leaving>();

/** Makes a handler for everybody. */
export function toFetchHandler(direct: DirectHandler): FetchHandler {
  const handler: FetchHandler = (request) => direct(toArrival(request)).then(toResponse);
  directHandlers.set(handler, direct);
  return handler;
}

/** The way to a handler that makes the fewest objects. */
export function toDirectHandler(handler: FetchHandler): DirectHandler {
  return directHandlers.get(handler) ?? askWithRequest(handler);
}

function askWithRequest(handler: FetchHandler): DirectHandler {
  return async ({ request, leaving }) => {
    // Holds the request until its answer is out: the signal of one that is garbage never aborts.
    leaving.listen(() => void request);
    return handler(request);
  };
}

/** A handler that hears of the client by `leaving` does not have to keep the request. */
export function noteLeaving(request: Request, leaving: Leaving): void {
  leavings.set(request, leaving);
}

function toArrival(request: Request): Arrival {
  const { method, url } = request;
  return { method, url, request, leaving: leavings.get(request) ?? new SignalledLeaving(request) };
}

/** The same for everybody. */
export function toResponse(answer: Response | JsonAnswer): Response {
  return answer instanceof JsonAnswer ? new Response(answer.text, { headers: answer.headers }) : answer;
}

/** Keeps the request, without which its signal would be garbage. */
class SignalledLeaving implements Leaving {
  readonly #request: Request;

  constructor(request: Request) {
    this.#request = request;
  }

  get hasLeft(): boolean {
    return this.#request.signal.aborted;
  }

  listen(callback: () => void): () => void {
    const { signal } = this.#request;
    return onAbort(signal, () => {
      if (this.hasLeft) callback();
    });
  }
}
