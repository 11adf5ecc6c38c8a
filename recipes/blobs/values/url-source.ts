import { InvalidArgumentError } from '../../../lib/core/errors.js';
import { reasonOf } from '../../../lib/core/reason.js';
import { describe } from '../../../lib/core/validation.js';
import { BlobUrlError } from '../errors.js';
import { streamOf } from './byte-streams.js';
import { type RequestHeaders, toHeaders } from './request-headers.js';
import type { ValueSource } from './value-source.js';

/** How a URL is asked. */
export interface UrlOptions {
  fetch?: typeof fetch | undefined;
  headers?: RequestHeaders | undefined;
}

/** Answers that mean that a server does not know HEAD. */
const NO_HEAD: ReadonlySet<number> = new Set([405, 501]);

/** The source of a URL, which is asked at each use. */
export class UrlSource implements ValueSource {
  readonly #url: URL;
  readonly #fetch: typeof fetch;
  readonly #headers: RequestHeaders | undefined;

  constructor(url: string | URL, { fetch = globalThis.fetch, headers }: UrlOptions = {}) {
    this.#url = toUrl(url);
    this.#fetch = fetch;
    toHeaders(headers);
    this.#headers = headers;
    if (fetch === globalThis.fetch && headers === undefined) this.href = this.#url.href;
  }

  /** Missing where the URL alone is not enough. */
  readonly href?: string;

  async size(): Promise<number | null> {
    const response = await this.#ask('HEAD', NO_HEAD);
    await response.body?.cancel();
    const length = response.headers.get('content-length');
    const isPlain = (response.headers.get('content-encoding') ?? 'identity') === 'identity';
    return response.ok && isPlain && length !== null && /^\d{1,15}$/.test(length) ? Number(length) : null;
  }

  async open(): Promise<ReadableStream<Uint8Array>> {
    const { body } = await this.#ask('GET');
    const reader = (body ?? new Blob([]).stream()).getReader();
    return streamOf({
      next: async () => {
        const { done, value } = await reader.read().catch((error) => {
          throw this.#failed(`broke off: ${reasonOf(error)}`, { cause: error, retryable: true });
        });
        return done ? null : value;
      },
      end: () => reader.cancel().catch(() => {}),
    });
  }

  async #ask(method: 'GET' | 'HEAD', alsoGood?: ReadonlySet<number>): Promise<Response> {
    const headers = toHeaders(this.#headers);
    // The length of what is compressed would be another one.
    headers.set('accept-encoding', 'identity');
    const { fetch } = { fetch: this.#fetch };
    const response = await fetch(this.#url, { method, headers }).catch((error) => {
      throw this.#failed(`gave no answer: ${reasonOf(error)}`, { cause: error, retryable: true });
    });
    const { ok, status } = response;
    if (ok || alsoGood?.has(status)) return response;
    await response.body?.cancel();
    throw this.#failed(`answered ${status}`, { status, retryable: status === 429 || status >= 500 });
  }

  #failed(reason: string, details: { cause?: unknown; status?: number; retryable: boolean }): BlobUrlError {
    // Without the query, which may hold a token.
    const { origin, pathname } = this.#url;
    return new BlobUrlError(`${origin}${pathname} ${reason}`, details);
  }
}

function toUrl(url: unknown): URL {
  // The text may hold a token: it is described, not shown.
  const parsed = URL.canParse(String(url)) ? new URL(String(url)) : undefined;
  if (!parsed || !/^https?:$/.test(parsed.protocol)) {
    throw new InvalidArgumentError(`url must be an absolute one of http or https, but is ${describe(url)}`);
  }
  if (parsed.username !== '' || parsed.password !== '') {
    throw new InvalidArgumentError('url must be without credentials: give them by `headers`');
  }
  return parsed;
}
