import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { onAbort } from '../core/abort.js';
import { Deadline } from '../core/deadline.js';
import { LastingTrouble } from '../core/lasting-trouble.js';
import { guardLogger } from '../core/logger.js';
import { reportThrown } from '../core/thrown.js';
import { validateFunction } from '../core/validation.js';
import type { FetchHandler } from './fetch-handler.js';
import { toHeaders } from './incoming-headers.js';
import { HTTP } from './limits.js';

/**
 * Makes a listener for a server of Node of a handler. Bodies are streamed both ways, no faster than they are read. When
 * a client leaves, the signal of its request aborts and its answer's stream is cancelled. An error of the handler
 * becomes a 500 without details, and a line on the console; a stream that fails cuts the connection, so that no client
 * takes a part for the whole. A client that takes nothing of its answer for a minute is cut off too.
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
  return (incoming, outgoing) => {
    const aborting = new AbortController();
    outgoing.once('close', () => aborting.abort());
    // A client that leaves is no error.
    for (const each of [incoming, outgoing]) each.on('error', () => {});
    answer(handler, incoming, outgoing, aborting.signal).catch((error: unknown) => {
      reportThrown(trouble, error, 'a handler of HTTP');
      if (outgoing.headersSent) outgoing.destroy();
      else respond(new Response('internal error\n', { status: 500 }), outgoing, aborting.signal).catch(() => {});
    });
  };
}

async function answer(
  handler: FetchHandler,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const request = toRequest(incoming, signal);
  const response = request ? await handler(request) : new Response('bad request\n', { status: 400 });
  linger(incoming, outgoing);
  await respond(response, outgoing, signal);
}

/** The request for a handler; `null` when it has no URL. */
function toRequest(incoming: IncomingMessage, signal: AbortSignal): Request | null {
  const { method = 'GET', url = '/', headers } = incoming;
  // As text: the base of a URL would be replaced by a target such as //example.org.
  const target = url.startsWith('/') ? `http://${headers.host ?? 'localhost'}${url}` : url;
  if (!URL.canParse(target) || /[/\\@?#]/.test(headers.host ?? '')) return null;
  const hasBody = method !== 'GET' && method !== 'HEAD';
  try {
    const init = {
      method,
      headers: toHeaders(headers),
      signal,
      body: hasBody ? toStream(incoming) : null,
      duplex: 'half',
    };
    return new Request(target, init as RequestInit);
  } catch {
    return null;
  }
}

/** The body. Cancelling it leaves the connection, at which the answer is still to be sent. */
function toStream(incoming: IncomingMessage): ReadableStream<Uint8Array> {
  let isOver = false;
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const end = (finish: () => void): void => {
          if (!isOver) finish();
          isOver = true;
        };
        incoming.on('data', (chunk: Buffer) => {
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

/** Reads what is left of the body behind the answer, for a while: a client that still writes would not read it. */
function linger(incoming: IncomingMessage, outgoing: ServerResponse): void {
  outgoing.once('finish', () => {
    if (incoming.complete || incoming.destroyed) return;
    const deadline = new Deadline(HTTP.lingerFor, () => incoming.destroy());
    for (const event of ['end', 'close']) incoming.once(event, () => deadline.cancel());
    incoming.resume();
  });
}

async function respond(response: Response, outgoing: ServerResponse, signal: AbortSignal): Promise<void> {
  const cookies = response.headers.getSetCookie();
  for (const [name, value] of response.headers) if (name !== 'set-cookie') outgoing.setHeader(name, value);
  if (cookies.length > 0) outgoing.setHeader('set-cookie', cookies);
  outgoing.writeHead(response.status);
  const reader = response.body?.getReader();
  const letGo = onAbort(signal, () => void reader?.cancel().catch(() => {}));
  try {
    if (reader) await copy(reader, outgoing);
    outgoing.end();
  } finally {
    letGo();
  }
}

async function copy(reader: ReadableStreamDefaultReader<Uint8Array>, outgoing: ServerResponse): Promise<void> {
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    // In slices: a large piece that a slow client is taking would look like one that it does not take.
    for (let start = 0; start < value.byteLength && !outgoing.destroyed; start += HTTP.answerSlice)
      if (!outgoing.write(value.subarray(start, start + HTTP.answerSlice))) await drained(outgoing);
    if (outgoing.destroyed) return;
  }
}

/** Resolves once more can be written, or the client has left, or has to. */
function drained(outgoing: ServerResponse): Promise<void> {
  if (outgoing.destroyed) return Promise.resolve();
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
