import { InvalidArgumentError } from '../../../lib/core/errors.js';
import { invalidSecret, invalidWord } from '../../../lib/core/validation.js';

/** The versions of authentication. */
export type AuthVersion = 1 | 2 | 3;

/** A user of a project. The password is in no property, so that no print of the object shows it. */
class Credentials {
  readonly user: string;
  readonly project: string;
  readonly #password: string;

  constructor(user: string, project: string, password: string) {
    this.user = user;
    this.project = project;
    this.#password = password;
  }

  /** For the request that authenticates, and nothing else. */
  reveal(): string {
    return this.#password;
  }
}

/** The parts of the URL of a container. */
export interface SwiftAddress {
  /** The URL without the password, in one spelling. */
  readonly url: string;
  /** The URL of an object begins so: without credentials, prefix and how to authenticate. */
  readonly base: string;
  /** Whether nothing may go over plain HTTP. */
  readonly isSecure: boolean;
  readonly auth: AuthVersion;
  /** Where version 1 authenticates, and the root of version 2 or 3. */
  readonly authUrl: string;
  readonly credentials: Credentials;
  readonly container: string;
  readonly prefix: string;
  /** The name of the domain of user and project; `null`: the one with the id `default`. */
  readonly domain: string | null;
  /** `null`: the first of the catalog. */
  readonly region: string | null;
}

const SCHEME = /^(swift|swt)(s?):\/\//i;
const PARAMETERS = ['prefix', 'auth', 'domain', 'region'] as const;
type Parameters = Partial<Record<(typeof PARAMETERS)[number], string>>;
const VERSIONS = ['1', '2', '3'] as const;
/** Where version 1 authenticates at a URL without a path, and what the others have at their roots. */
const DEFAULT_PATH = { 1: '/auth/v1.0', 2: '/v2.0', 3: '/v3' } as const;
const LONGEST_CONTAINER = 256;

/**
 * Parses the URL of a container. No error repeats any of the URL: the password may be anywhere in a mistyped one.
 *
 * @throws {@link InvalidArgumentError} for a URL that is none.
 */
export function parseSwiftUrl(text: string): SwiftAddress {
  const scheme = SCHEME.exec(text);
  const url = scheme && URL.canParse(text) ? new URL(text) : null;
  if (!scheme || !url) throw invalidSecret('url', text, 'of the form swift://user+project:password@host/v3?container');
  if (url.hash !== '') throw new InvalidArgumentError('url must be without a fragment: write a # in a name as %23');
  const isSecure = scheme[2] !== '';
  const service = parseService(url, isSecure);
  const credentials = parseCredentials(url);
  const { container, parameters } = parseQuery(url.search);
  const path = service.pathname.replace(/\/+$/, '');
  const auth = versionOf(parameters.auth, path);
  if (auth === 1 && hasControls(credentials)) throw new InvalidArgumentError(`url ${IN_A_HEADER}`);
  const { user, project } = credentials;
  const root = `${url.protocol}//`;
  const place = `${service.host}${path}?${encode(container)}`;
  const query = PARAMETERS.flatMap((name) => {
    const value = parameters[name];
    return value === undefined ? [] : [`&${name}=${encode(value)}`];
  });
  return {
    url: `${root}${encode(user)}+${encode(project)}@${place}${query.join('')}`,
    base: `${root}${place}`,
    isSecure,
    auth,
    authUrl: `${service.origin}${authPath(auth, path)}`,
    credentials,
    container,
    prefix: parameters.prefix ?? '',
    domain: parameters.domain ?? null,
    region: parameters.region ?? null,
  };
}

/** Percent-encodes a name, also for a query in which `+` could mean a space. */
export function encode(text: string): string {
  return encodeURIComponent(text);
}

const IN_A_HEADER = 'must have no control characters in user, project and password for auth=1, which sends a header';

function hasControls(credentials: Credentials): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a header must have none
  return /[\u0000-\u001f\u007f]/.test(credentials.user + credentials.project + credentials.reveal());
}

/** The URL of the service, in which host and path have one spelling. */
function parseService(url: URL, isSecure: boolean): URL {
  const text = `${isSecure ? 'https' : 'http'}://${url.host}${url.pathname}`;
  if (url.host === '' || !URL.canParse(text)) {
    throw new InvalidArgumentError(
      'url must have a host after the @: write /, ?, # and @ in a user, project or password as %2F, %3F, %23 and %40',
    );
  }
  return new URL(text);
}

function parseCredentials({ username, password }: URL): Credentials {
  const [user = '', project = '', ...more] = username.split('+').map((part) => decode(part, 'user and project'));
  if (user === '' || project === '' || more.length > 0) {
    throw new InvalidArgumentError('url must have user+project before the password: write a + in a name as %2B');
  }
  if (password === '') throw new InvalidArgumentError('url must have a password, as user+project:password@host');
  return new Credentials(user, project, decode(password, 'the password'));
}

function parseQuery(search: string): { container: string; parameters: Parameters } {
  const [first = '', ...rest] = search.slice(1).split('&');
  if (first.includes('=')) {
    throw new InvalidArgumentError('url must name the container first, right after the ?: write a = in it as %3D');
  }
  const container = decode(first, 'the container');
  const length = new TextEncoder().encode(container).length;
  if (length === 0 || length > LONGEST_CONTAINER || container.includes('/')) {
    throw new InvalidArgumentError(
      `url must have the name of a container after the ?, of 1 to ${LONGEST_CONTAINER} bytes and without a /`,
    );
  }
  const parameters: Parameters = {};
  for (const item of rest) {
    const at = item.indexOf('=');
    const name = PARAMETERS.find((known) => known === item.slice(0, at));
    if (!name) throw invalidWord('each parameter of url', at < 0 ? item : item.slice(0, at), PARAMETERS);
    if (parameters[name] !== undefined) throw new InvalidArgumentError(`url must have ${name} once`);
    parameters[name] = decode(item.slice(at + 1), name);
    if (name !== 'prefix' && parameters[name] === '')
      throw new InvalidArgumentError(`url must have a ${name}, or none`);
  }
  return { container, parameters };
}

function decode(text: string, name: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new InvalidArgumentError(`url must have ${name} percent-encoded as UTF-8: write a % as %25`);
  }
}

function versionOf(given: string | undefined, path: string): AuthVersion {
  if (given !== undefined) {
    const version = VERSIONS.find((known) => known === given);
    if (!version) throw invalidWord('auth of url', given, VERSIONS);
    return Number(version) as AuthVersion;
  }
  const found = /\/v([123])(\.\d+)?$/i.exec(path)?.[1];
  return found === undefined ? 3 : (Number(found) as AuthVersion);
}

/** Version 1 has no fixed path; the others are below a root that a URL may leave out. */
function authPath(auth: AuthVersion, path: string): string {
  if (auth === 1) return path === '' ? DEFAULT_PATH[1] : path;
  return new RegExp(`/v${auth}(\\.\\d+)?$`, 'i').test(path) ? path : `${path}${DEFAULT_PATH[auth]}`;
}
