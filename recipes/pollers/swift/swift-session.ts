import type { PollerError } from '../errors.js';
import { type Access, authenticate, refused } from './authenticate.js';
import type { HttpAnswer, HttpRequest, HttpSender } from './http.js';
import type { SwiftAddress } from './swift-url.js';

/** A request to the object store. */
export interface StoreRequest {
  readonly method: 'GET' | 'HEAD';
  /** Follows the URL of the account: begins with a slash. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly about: string;
  readonly longest: number;
}

/** Keeps the token of a user from call to call. */
export class SwiftSession {
  readonly address: SwiftAddress;
  readonly sender: HttpSender;
  #access: Access | null = null;

  constructor(address: SwiftAddress, sender: HttpSender) {
    this.address = address;
    this.sender = sender;
  }

  /** Begins a call: one or many requests, of which one may find the token refused. */
  call(signal: AbortSignal): SwiftCall {
    return new SwiftCall(this, signal);
  }

  /** The token, unless it is to be renewed. */
  get access(): Access | null {
    return this.#access && performance.now() < this.#access.renewAt ? this.#access : null;
  }

  set access(access: Access) {
    this.#access = access;
  }

  /** Forgets a token that was refused. Returns whether it was still the present one. */
  forget(access: Access): boolean {
    if (this.#access !== access) return false;
    this.#access = null;
    return true;
  }
}

/** The requests of one call. It authenticates again at the first 401, once. */
export class SwiftCall {
  readonly #session: SwiftSession;
  readonly #signal: AbortSignal;
  #refusals = 0;
  /** Requests at the same time share it. */
  #authentication: Promise<Access> | null = null;

  constructor(session: SwiftSession, signal: AbortSignal) {
    this.#session = session;
    this.#signal = signal;
  }

  /** An error about an answer. */
  failed(about: string, reason: string, status: number): PollerError {
    return this.#session.sender.failed(about, reason, { status });
  }

  /** Sends a request until its token is accepted. Throws for an answer that is neither of success nor a 404. */
  async send({ path, headers, ...request }: StoreRequest): Promise<HttpAnswer> {
    for (;;) {
      const access = await this.#access();
      const full: HttpRequest = {
        ...request,
        url: `${access.storageUrl}${path}`,
        headers: { ...headers, 'x-auth-token': access.reveal() },
      };
      const answer = await this.#session.sender.send(full, this.#signal);
      const { status } = answer;
      if (status === 404 || (status >= 200 && status < 300)) return answer;
      if (status !== 401) throw this.failed(request.about, reasonOf(status), status);
      if (this.#session.forget(access)) this.#refusals += 1;
      if (this.#refusals > 1) throw refused(this.#session.address, 'gave a token that the object store refuses (401)');
    }
  }

  #access(): Promise<Access> | Access {
    if (this.#session.access) return this.#session.access;
    this.#authentication ??= this.#authenticate();
    return this.#authentication;
  }

  async #authenticate(): Promise<Access> {
    try {
      const access = await authenticate(this.#session.address, this.#session.sender, this.#signal);
      this.#session.access = access;
      return access;
    } finally {
      this.#authentication = null;
    }
  }
}

function reasonOf(status: number): string {
  return `was answered with ${status}${status === 403 ? ': the user may not read it' : ''}`;
}
