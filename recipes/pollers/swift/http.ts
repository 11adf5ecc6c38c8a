import { abortWith, unlessAborted } from '../../../lib/core/abort.js';
import { Deadline } from '../../../lib/core/deadline.js';
import { PollerError } from '../errors.js';

/** A request. Its headers and its body may hold secrets: they appear in no error. */
export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Names it in errors: as `the listing`. */
  readonly about: string;
  /** The longest body that is read, in bytes. */
  readonly longest: number;
}

/** An answer; its text is empty unless the status is one of success. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** The reason of an error: has neither the words of a server nor those of `fetch`, which could repeat a secret. */
class HttpFailure extends Error {
  override readonly name = 'HttpFailure';
  /** The status of the answer, if there was one. */
  declare readonly status?: number;
  /** The code that the system or `fetch` has given, as `ECONNREFUSED`. */
  declare readonly code?: string;

  constructor(message: string, { status, code }: { status?: number | undefined; code?: string | undefined } = {}) {
    super(message);
    if (status !== undefined) this.status = status;
    if (code !== undefined) this.code = code;
  }
}

/** Sends requests by `fetch`, each with a deadline and a bound of its answer. */
export class HttpSender {
  readonly #url: string;
  readonly #fetch: typeof fetch;
  readonly #within: number;

  /**
   * @param url of the poller, for errors
   * @param within each request must be answered within so many ms
   */
  constructor(url: string, send: typeof fetch, within: number) {
    this.#url = url;
    this.#fetch = send;
    this.#within = within;
  }

  /**
   * Sends a request.
   *
   * @throws the signal's reason after an abort, and {@link PollerError} for no answer, or for one that is too long.
   */
  async send(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    signal.throwIfAborted();
    const control = new AbortController();
    const letGo = abortWith(control, signal);
    const deadline = new Deadline(this.#within, () =>
      control.abort(this.failed(request.about, `was not answered within ${this.#within} ms`, { code: 'ETIMEDOUT' })),
    );
    try {
      // A `fetch` of the user's may not obey the signal.
      return await unlessAborted(this.#exchange(request, control.signal), control.signal);
    } catch (error) {
      control.signal.throwIfAborted();
      if (error instanceof PollerError) throw error;
      const code = codeOf(error);
      throw this.failed(request.about, `failed: ${code}`, { code });
    } finally {
      deadline.cancel();
      letGo();
      // Also ends an answer of which the rest is not wanted.
      control.abort();
    }
  }

  /** An error of the poller. Without a status there was no answer, and the next call may have one. */
  failed(about: string, reason: string, facts: { status?: number; code?: string } = {}): PollerError {
    const { status } = facts;
    const retryable = status === undefined || status === 408 || status === 429 || status >= 500;
    return new PollerError(`${this.#url}: ${about} ${reason}`, {
      url: this.#url,
      cause: new HttpFailure(`${about} ${reason}`, facts),
      retryable,
    });
  }

  async #exchange({ method, url, headers, body, about, longest }: HttpRequest, signal: AbortSignal) {
    const { fetch } = { fetch: this.#fetch };
    // A redirection would take the token, or the password, to wherever it points.
    const init: RequestInit = { method, headers, redirect: 'manual', signal };
    const response = await fetch(url, body === undefined ? init : { ...init, body });
    const answer = { status: response.status, headers: response.headers };
    if (signal.aborted || !response.ok || method === 'HEAD' || response.body === null) {
      await response.body?.cancel();
      return { ...answer, text: '' };
    }
    return { ...answer, text: await this.#read(response.body, about, longest) };
  }

  async #read(body: ReadableStream<Uint8Array>, about: string, longest: number): Promise<string> {
    const decoder = new TextDecoder('utf-8', { fatal: true });
    const parts: string[] = [];
    let length = 0;
    for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
      length += chunk.length;
      if (length > longest) throw this.failed(about, `was answered with more than ${longest} bytes`);
      parts.push(decoder.decode(chunk, { stream: true }));
    }
    parts.push(decoder.decode());
    return parts.join('');
  }
}

/** The code of the innermost cause; the name of its class for want of one. */
function codeOf(error: unknown): string {
  let found = 'no reason given';
  for (let each = error, depth = 0; each instanceof Error && depth < 8; each = each.cause, depth += 1) {
    const { code, name } = each as { code?: unknown; name: string };
    const [word] = [code, name].filter((text) => typeof text === 'string' && /^[A-Za-z]\w{2,40}$/.test(text));
    if (word !== undefined) found = word as string;
  }
  return found;
}
