import { AuthFailedError } from '../../../lib/core/errors.js';
import { PollerError } from '../errors.js';
import type { HttpAnswer, HttpRequest, HttpSender } from './http.js';
import { SWIFT } from './limits.js';
import type { AuthVersion, SwiftAddress } from './swift-url.js';

/** The right to use an account. The token is in no property, so that no print of the object shows it. */
export class Access {
  /** The URL of the account, without a slash at its end. */
  readonly storageUrl: string;
  /** When to authenticate again, by `performance.now()`. */
  readonly renewAt: number;
  readonly #token: string;

  /** @param lifetime of the token in ms; `null` when the service does not give it */
  constructor(storageUrl: string, token: string, lifetime: number | null) {
    this.storageUrl = storageUrl;
    this.renewAt = lifetime === null ? Number.POSITIVE_INFINITY : performance.now() + servesFor(lifetime);
    this.#token = token;
  }

  /** For the headers of a request, and nothing else. */
  reveal(): string {
    return this.#token;
  }
}

/** The answer of a service of tokens. */
interface Grant {
  readonly token: unknown;
  readonly storageUrl: unknown;
  /** In ms. */
  readonly lifetime: number;
}

interface Version {
  request(address: SwiftAddress): Pick<HttpRequest, 'method' | 'url' | 'headers' | 'body'>;
  read(answer: HttpAnswer, address: SwiftAddress): Grant;
}

const ABOUT = 'the authentication';
const JSON_HEADERS = { 'content-type': 'application/json', accept: 'application/json' };

const VERSIONS: Readonly<Record<AuthVersion, Version>> = {
  1: {
    request: ({ authUrl, credentials: { user, project }, credentials }) => ({
      method: 'GET',
      url: authUrl,
      headers: { 'x-auth-user': inHeader(`${project}:${user}`), 'x-auth-key': inHeader(credentials.reveal()) },
    }),
    read: ({ headers }) => ({
      token: headers.get('x-auth-token') ?? headers.get('x-storage-token'),
      storageUrl: headers.get('x-storage-url'),
      lifetime: 1_000 * Number(headers.get('x-auth-token-expires') ?? Number.NaN),
    }),
  },
  2: {
    request: ({ authUrl, credentials: { user, project }, credentials }) => ({
      method: 'POST',
      url: `${authUrl}/tokens`,
      headers: JSON_HEADERS,
      body: JSON.stringify({
        auth: { tenantName: project, passwordCredentials: { username: user, password: credentials.reveal() } },
      }),
    }),
    read({ text, headers }, { region }) {
      const access = parse(text)?.access;
      const endpoints = endpointsOf(access?.serviceCatalog);
      return {
        token: access?.token?.id,
        storageUrl: inRegion(endpoints, region)?.publicURL,
        lifetime: lifetimeOf(access?.token?.issued_at, access?.token?.expires, headers),
      };
    },
  },
  3: {
    request({ authUrl, credentials: { user, project }, credentials, domain: name }) {
      const domain = name === null ? { id: 'default' } : { name };
      const password = { user: { name: user, domain, password: credentials.reveal() } };
      const auth = { identity: { methods: ['password'], password }, scope: { project: { name: project, domain } } };
      return { method: 'POST', url: `${authUrl}/auth/tokens`, headers: JSON_HEADERS, body: JSON.stringify({ auth }) };
    },
    read({ text, headers }, { region }) {
      const token = parse(text)?.token;
      const endpoints = endpointsOf(token?.catalog).filter((each) => each?.interface === 'public');
      return {
        token: headers.get('x-subject-token'),
        storageUrl: inRegion(endpoints, region)?.url,
        lifetime: lifetimeOf(token?.issued_at, token?.expires_at, headers),
      };
    },
  },
};

/**
 * Asks the service of the address for a token.
 *
 * @throws {@link PollerError} whose cause is an {@link AuthFailedError} when the service refuses the user.
 */
export async function authenticate(address: SwiftAddress, sender: HttpSender, signal: AbortSignal): Promise<Access> {
  const version = VERSIONS[address.auth];
  const request = { ...version.request(address), about: ABOUT, longest: SWIFT.longestToken };
  const answer = await sender.send(request, signal);
  const { status } = answer;
  if (status === 401 || status === 403) throw refused(address, `answered ${status} to the user`);
  if (status < 200 || status > 299) throw sender.failed(ABOUT, unexpected(status, address.auth), { status });
  const { token, storageUrl, lifetime } = version.read(answer, address);
  if (typeof token !== 'string' || !/^[\x21-\x7e]{1,65536}$/.test(token)) {
    throw sender.failed(ABOUT, `gave no token: is it of version ${address.auth}?`, { status });
  }
  const known = typeof storageUrl === 'string' && URL.canParse(storageUrl) ? new URL(storageUrl) : null;
  if (!known) throw sender.failed(ABOUT, withoutStore(address), { status });
  if (!/^https?:$/.test(known.protocol) || known.username !== '' || known.search !== '' || known.hash !== '') {
    throw sender.failed(ABOUT, 'gave a URL of the object store that cannot be used', { status });
  }
  if (address.isSecure && known.protocol !== 'https:') {
    const reason = 'gave a URL of the object store with plain HTTP, over which the token would go';
    throw sender.failed(ABOUT, `${reason}: correct the service (TempAuth: storage_url_scheme)`, { status });
  }
  return new Access(known.href.replace(/\/+$/, ''), token, Number.isFinite(lifetime) ? lifetime : null);
}

/** The error for credentials that are not accepted. */
export function refused({ url, credentials: { user, project } }: SwiftAddress, reason: string): PollerError {
  const cause = new AuthFailedError(`the user ${user} of the project ${project} was refused`);
  return new PollerError(`${url}: the service ${reason}: check user, project and password`, {
    url,
    cause,
    retryable: false,
  });
}

function servesFor(lifetime: number): number {
  return Math.max(lifetime - SWIFT.renewBefore, lifetime / 2, SWIFT.shortestLife);
}

function unexpected(status: number, auth: AuthVersion): string {
  const isRedirection = status === 0 || (status >= 300 && status < 400);
  if (isRedirection) return `was redirected (${status}), which is not followed: name the service itself in the url`;
  return `was answered with ${status}${status === 404 ? `: is there version ${auth} at this path?` : ''}`;
}

function withoutStore({ region }: SwiftAddress): string {
  const where = region === null ? '' : ` in the region ${JSON.stringify(region)}`;
  return `named no object store${where}: is one in the catalog of the project?`;
}

/** The UTF-8 bytes of a text, as `fetch` takes them. */
function inHeader(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text));
}

// biome-ignore lint/suspicious/noExplicitAny: whatever a server sends; each value is checked where it is used
type Unknown = any;

function parse(text: string): Unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function endpointsOf(catalog: unknown): Unknown[] {
  const services: Unknown[] = Array.isArray(catalog) ? catalog : [];
  const endpoints = services.filter((each) => each?.type === 'object-store').map((each) => each.endpoints);
  return endpoints.filter(Array.isArray).flat();
}

function inRegion(endpoints: Unknown[], region: string | null): Unknown {
  return endpoints.find((each) => region === null || each?.region === region || each?.region_id === region);
}

/** By the clock of the service: it may differ from ours. NaN when it does not say. */
function lifetimeOf(issued: unknown, expires: unknown, headers: Headers): number {
  const from = typeof issued === 'string' ? issued : headers.get('date');
  return Date.parse(zoned(expires)) - (from === null ? Date.now() : Date.parse(zoned(from)));
}

/** Some services leave the zone out, which is UTC. */
function zoned(time: unknown): string {
  return typeof time === 'string' && /T[\d:.]+$/.test(time) ? `${time}Z` : String(time);
}
