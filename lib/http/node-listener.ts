import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { Deadline } from '../core/deadline.js';
import { LastingTrouble } from '../core/lasting-trouble.js';
import { guardLogger } from '../core/logger.js';
import { reportThrown } from '../core/thrown.js';
import { validateFunction } from '../core/validation.js';
import { type DirectHandler, JsonAnswer, toDirectHandler, toResponse } from './arrival.js';
import type { FetchHandler } from './fetch-handler.js';
import { HTTP } from './limits.js';
import { NodeArrival, NodeLeaving } from './node-arrival.js';
import { RefusedBody } from './request-body.js';

/**
 * Makes a listener for a server of Node of a handler. Bodies are streamed both ways, no faster than they are read. When
 * a client leaves, the signal of its request aborts and its answer's stream is cancelled. An error of the handler
 * becomes a 500 without details, and a line on the console; a stream that fails cuts the connection, so that no client
 * takes a part for the whole. A client that takes nothing of its answer for five minutes is cut off too.
 *
 * @throws `InvalidArgumentError` unless the handler is a function.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { toNodeListener } from 'zk-recipes/http';
 *
 * const server = createServer(toNodeListener(async (request) => new Response(`you asked for ${request.url}\n`)));
 * server.listen(0, () => server.close());
 * ```
 */
export function toNodeListener(handler: FetchHandler): RequestListener {
  validateFunction('handler', handler);
  const trouble = new LastingTrouble(guardLogger());
  const direct = toDirectHandler(handler);
  return (incoming, outgoing) => {
    // A client that leaves is no error.
    for (const each of [incoming, outgoing]) each.on('error', () => {});
    // After those before it at its connection (RFC 9112, 9.3.2): until then it hears nothing of the connection's end.
    if (outgoing.socket === null) outgoing.once('socket', () => serve(incoming, outgoing));
    else serve(incoming, outgoing);
  };

  function serve(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const leaving = new NodeLeaving(outgoing);
    const answered = ask(direct, incoming, leaving).then((answer) => {
      linger(incoming, outgoing);
      const isShort = answer instanceof JsonAnswer && answer.text.length <= HTTP.sentAtOnce;
      return isShort ? sendJson(answer, outgoing) : respond(toResponse(answer), outgoing, leaving);
    });
    answered.catch((error: unknown) => {
      const isRefused = error instanceof RefusedBody;
      if (!isRefused) reportThrown(trouble, error, 'a handler of HTTP');
      if (outgoing.headersSent) outgoing.destroy();
      else {
        const failed = isRefused ? badRequest() : new Response('internal error\n', { status: 500 });
        respond(failed, outgoing, leaving).catch(() => {});
      }
    });
  }
}

/** Keeps nothing while the handler works: what becomes of the request is up to the handler. */
async function ask(
  direct: DirectHandler,
  incoming: IncomingMessage,
  leaving: NodeLeaving,
): Promise<Response | JsonAnswer> {
  const arrival = NodeArrival.of(incoming, leaving);
  return arrival ? direct(arrival) : badRequest();
}

function badRequest(): Response {
  return new Response('bad request\n', { status: 400 });
}

/** Reads what is left of the body behind the answer, for a while: a client that still writes would not read it. */
function linger(incoming: IncomingMessage, outgoing: ServerResponse): void {
  outgoing.once('finish', () => {
    if (incoming.complete || incoming.destroyed) return;
    const deadline = new Deadline(HTTP.lingerFor, () => incoming.destroy());
    for (const event of ['end', 'close']) incoming.once(event, () => deadline.cancel());
    incoming.resume();
  });
}

function sendJson({ text, headers }: JsonAnswer, outgoing: ServerResponse): void {
  outgoing.writeHead(200, { ...headers, 'content-length': Buffer.byteLength(text) });
  outgoing.end(text);
}

async function respond(response: Response, outgoing: ServerResponse, leaving: NodeLeaving): Promise<void> {
  // First: it throws for a body that was sent before.
  const reader = response.body?.getReader();
  const cookies = response.headers.getSetCookie();
  for (const [name, value] of response.headers) if (name !== 'set-cookie') outgoing.setHeader(name, value);
  if (cookies.length > 0) outgoing.setHeader('set-cookie', cookies);
  outgoing.writeHead(response.status);
  const letGo = leaving.listen(() => void reader?.cancel().catch(() => {}));
  try {
    if (reader) await copy(reader, outgoing, leaving);
    outgoing.end();
  } finally {
    letGo();
  }
}

async function copy(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  outgoing: ServerResponse,
  leaving: NodeLeaving,
): Promise<void> {
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    // In slices: a large piece that a slow client is taking would look like one that it does not take.
    for (let start = 0; start < value.byteLength && !leaving.isOver; start += HTTP.answerSlice)
      if (!outgoing.write(value.subarray(start, start + HTTP.answerSlice))) await drained(outgoing);
    if (leaving.isOver) return;
  }
}

/** Resolves once more can be written, or the client leaves, or has to. */
function drained(outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const deadline = new Deadline(HTTP.answerIdle, () => outgoing.destroy());
    const end = (): void => {
      deadline.cancel();
      outgoing.off('drain', end);
      outgoing.off('close', end);
      resolve();
    };
    outgoing.on('drain', end);
    outgoing.on('close', end);
  });
}
