import { InvalidArgumentError } from '../../core/errors.js';
import { invalidSecret, quote } from '../../core/validation.js';

/** The origins of pages that may use a gateway. */
export class Origins {
  readonly #allowed: ReadonlySet<string> | null;

  /** @param origins `undefined`: only the gateway's own; `*` stands for every one */
  constructor(origins: unknown) {
    if (origins === undefined) {
      this.#allowed = null;
      return;
    }
    if (!Array.isArray(origins)) throw invalidSecret('origins', origins, 'an array of origins');
    for (const origin of origins) validateOrigin(origin);
    this.#allowed = new Set(origins);
  }

  /** A request without an origin is none of a page's. @param host of the request, as its client has it */
  allows(origin: string | null, host: string | null): boolean {
    if (origin === null) return true;
    if (this.#allowed) return this.#allowed.has('*') || this.#allowed.has(origin);
    return host !== null && isOf(origin, host);
  }

  /** The headers by which a page of another origin may read a response. */
  headersFor(origin: string | null): Record<string, string> {
    if (origin === null || !this.#allowed) return {};
    const allowed = this.#allowed.has('*') ? '*' : this.#allowed.has(origin) ? origin : null;
    return allowed === null ? {} : { 'access-control-allow-origin': allowed, vary: 'origin' };
  }
}

function validateOrigin(origin: unknown): void {
  if (typeof origin !== 'string') throw invalidSecret('origins', origin, 'an array of origins');
  if (origin === '*' || (URL.canParse(origin) && new URL(origin).origin === origin)) return;
  throw new InvalidArgumentError(`${quote(origin)} is no origin such as "https://app.example"`);
}

/** Whether an origin is of a host, which may be written with the default port. */
function isOf(origin: string, host: string): boolean {
  const own = URL.canParse(origin) ? new URL(origin) : null;
  if (!own?.host) return false;
  const address = `${own.protocol}//${host}`;
  return !/[/\\@?#]/.test(host) && URL.canParse(address) && new URL(address).host === own.host;
}
