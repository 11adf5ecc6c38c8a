import { abortWith, unlessAborted } from '../../../lib/core/abort.js';
import { Deadline } from '../../../lib/core/deadline.js';
import {
  ClientClosedError,
  ConnectionLossError,
  InvalidArgumentError,
  NoAuthError,
  ZooKeeperError,
} from '../../../lib/core/errors.js';
import { reasonOf } from '../../../lib/core/reason.js';
import { backoff, type CompleteRetryPolicy, RetryPauses } from '../../../lib/core/retry.js';
import { quote } from '../../../lib/core/validation.js';
import { BlobChangedError, BlobTooLargeError } from '../../blobs/index.js';
import { REMOTE_BLOBS } from './limits.js';
import { ContentFailure, type RequestBody } from './request-content.js';

/** How the servers are reached. */
export interface ServersOptions {
  /** Each with a slash at its end. */
  readonly urls: readonly string[];
  readonly headers: Headers;
  readonly fetch: typeof fetch;
  readonly retry: CompleteRetryPolicy;
}

/** One request. */
export interface ServerRequest {
  /** Below the URL of a server. */
  readonly path: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: () => Promise<RequestBody> | RequestBody;
  /** The statuses that are answers. */
  readonly takes: readonly number[];
  /** The blob that it is about. */
  readonly id?: string;
  /** When the answer has to begin. Default: `answerWithin`. */
  readonly within?: number;
  /** Whether it must not be sent again when its outcome is unknown. */
  readonly isOnce?: boolean;
  /** Whether the body of the answer is read by the caller. Otherwise it is read as text, within the same time. */
  readonly isStreamed?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** The answer to a request. */
export interface ServerAnswer {
  readonly response: Response;
  /** Empty when the answer is streamed. */
  readonly text: string;
}

/** Sends requests to one of several servers, and to the next one when that cannot answer. */
export class BlobServers {
  readonly #options: ServersOptions;
  readonly #pauses = new RetryPauses();
  readonly #closing = new AbortController();
  #index = 0;

  constructor(options: ServersOptions) {
    this.#options = options;
  }

  /** Ends every request. */
  close(): void {
    this.#closing.abort();
    this.#pauses.endAll();
  }

  /** Tries the servers in turn, in as many rounds as the policy has attempts. */
  async send(request: ServerRequest): Promise<ServerAnswer & { readonly attempts: number }> {
    const { urls, retry } = this.#options;
    for (let attempts = 1; ; attempts += 1) {
      try {
        return { ...(await this.sendOnce(request)), attempts };
      } catch (error) {
        const rounds = Math.floor(attempts / urls.length);
        const isLast = request.isOnce || !isLost(error) || rounds >= retry.maxAttempts;
        if (isLast) throw error;
        if (attempts % urls.length === 0) await this.pause(rounds, error, request.signal);
      }
    }
  }

  /** Waits before the next round. @param failures rounds that have failed */
  async pause(failures: number, error: unknown, signal: AbortSignal = this.#closing.signal): Promise<void> {
    const asked = error instanceof LostServer ? error.retryAfter : 0;
    await this.#pauses.pause(Math.max(backoff(failures, this.#options.retry), asked), signal);
  }

  /** Asks the present server, and chooses the next one when it cannot answer. */
  async sendOnce(request: ServerRequest): Promise<ServerAnswer> {
    const { urls } = this.#options;
    const url = urls[this.#index % urls.length] as string;
    const index = this.#index;
    try {
      return await this.#ask(url, request);
    } catch (error) {
      if (isLost(error) && this.#index === index) this.#index += 1;
      throw error;
    }
  }

  async #ask(url: string, request: ServerRequest): Promise<ServerAnswer> {
    const { path, method = 'GET', body, takes, signal, within = REMOTE_BLOBS.answerWithin } = request;
    this.throwIfOver(signal);
    const headers = new Headers(this.#options.headers);
    for (const [name, value] of Object.entries(request.headers ?? {})) headers.set(name, value);
    const aborting = new AbortController();
    const letGo = abortWith(aborting, signal, this.#closing.signal);
    let isLate = false;
    const deadline = new Deadline(within, () => {
      isLate = true;
      aborting.abort();
    });
    try {
      const init = { method, headers, signal: aborting.signal, body: (await body?.()) ?? null, duplex: 'half' };
      // Not as a method of ours, which browsers refuse.
      const { fetch } = this.#options;
      const response = await fetch(`${url}${path}`, init as RequestInit);
      const isTaken = takes.includes(response.status);
      if (isTaken && request.isStreamed && response.ok) return { response, text: '' };
      const text = await (isTaken ? response.text() : response.text().catch(() => ''));
      // Other 404s are of a proxy, or of a wrong address.
      if (!isTaken || (response.status === 404 && !text.includes('BLOB_NOT_FOUND'))) {
        throw errorOf(response, text, url, request);
      }
      return { response, text };
    } catch (error) {
      this.throwIfOver(signal);
      if (error instanceof ZooKeeperError) throw error;
      for (const each of [error, causeOf(error)]) if (each instanceof ContentFailure) throw each.reason;
      const reason = isLate ? `does not answer within ${within} ms` : `cannot be reached: ${reasonOf(causeOf(error))}`;
      throw new LostServer(`the server at ${url} ${reason}`, { cause: error });
    } finally {
      deadline.cancel();
      letGo();
    }
  }

  /** Settles as the reading of a part of a streamed answer does, unless the part does not come, or `close()` does. */
  part<T>(reading: Promise<T>): Promise<T> {
    const ending = new AbortController();
    const letGo = abortWith(ending, this.#closing.signal);
    const reason = new Error(`nothing has come for ${REMOTE_BLOBS.partWithin} ms`);
    const deadline = new Deadline(REMOTE_BLOBS.partWithin, () => ending.abort(reason));
    return unlessAborted(reading, ending.signal).finally(() => {
      deadline.cancel();
      letGo();
    });
  }

  /** Throws when the signal has aborted, or the storage was closed. */
  throwIfOver(signal?: AbortSignal): void {
    if (signal?.aborted) throw signal.reason;
    if (this.#closing.signal.aborted) throw new ClientClosedError('the remote blob storage was closed');
  }
}

/** A server has not answered, or could not: another one may. */
class LostServer extends ConnectionLossError {
  /** For so long it is not to be asked again, in ms. */
  retryAfter = 0;
}

function isLost(error: unknown): boolean {
  return error instanceof LostServer;
}

function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? error.cause : error;
}

/** The error that an answer stands for. */
function errorOf(response: Response, text: string, url: string, { id }: ServerRequest): ZooKeeperError {
  const { status } = response;
  const said = messageOf(text);
  const details = id === undefined ? {} : { id };
  const blob = id === undefined ? 'the request' : `the blob ${quote(id)}`;
  if (status === 412) return new BlobChangedError(`${blob} has changed; nothing was changed by this call`, details);
  if (status === 413) return new BlobTooLargeError(`${blob} is larger than ${url} takes${said}`, details);
  if (status === 401 || status === 403) return new NoAuthError(`${url} refuses ${blob} with status ${status}`);
  // Servers also end idle connections by a 408.
  if (status === 408 || status === 429 || status >= 500) {
    const lost = new LostServer(`the server at ${url} answers with status ${status}${said}`);
    const asked = Number(response.headers.get('retry-after') ?? 0);
    if (asked > 0 && asked <= 60) lost.retryAfter = asked * 1_000;
    return lost;
  }
  return new InvalidArgumentError(`${url} does not take ${blob}: status ${status}${said}`);
}

function messageOf(text: string): string {
  try {
    const { error } = JSON.parse(text.slice(0, 4_096)) as { error?: { message?: unknown } };
    return typeof error?.message === 'string' ? `: ${error.message.slice(0, 200)}` : '';
  } catch {
    return '';
  }
}
