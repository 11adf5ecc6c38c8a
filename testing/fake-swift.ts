import { createHash } from 'node:crypto';
import { fakeKeystoneV2 } from './fake-keystone-v2.js';
import { Recorder } from './recorder.js';

/** A request to the fake. */
export interface FakeSwiftRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: string;
  readonly signal: AbortSignal | null | undefined;
}

interface FakeObject {
  readonly etag: string;
  readonly bytes: number;
  readonly modified: string;
}

const ACCOUNT = '/v1/AUTH_demo';

/** The URL of the container of the fake, by the version of authentication. */
export const FAKE_URLS = {
  1: 'swift://alice+demo:secret-password@swift.example/auth/v1.0?photos',
  2: 'swift://alice+demo:secret-password@swift.example/v2.0?photos',
  3: 'swift://alice+demo:secret-password@swift.example/v3?photos',
} as const;

/** A `fetch` behind which is one container, whose listing may differ from its objects. Answers as a real Swift does. */
export class FakeSwift {
  readonly requests = new Recorder<FakeSwiftRequest>();
  readonly objects = new Map<string, FakeObject>();
  readonly listing = new Map<string, FakeObject>();
  /** Tokens that the store accepts. */
  readonly tokens = new Set<string>();
  isThere = true;
  pageSize = 10_000;
  /** In seconds. */
  tokenLife = 86_400;
  storageUrl = `http://swift.example${ACCOUNT}`;
  /** Answers in place of the fake, unless it returns `null`. */
  answer: (request: FakeSwiftRequest) => Response | Promise<Response> | null = () => null;
  #issued = 0;
  #microseconds = Date.UTC(2030, 0, 1) * 1_000;

  readonly fetch: typeof fetch = async (input, init = {}) => {
    init.signal?.throwIfAborted();
    const url = new URL(String(input));
    const headers = new Headers(init.headers);
    const request = { method: init.method ?? 'GET', url, headers, body: String(init.body ?? ''), signal: init.signal };
    this.requests.record(request);
    return this.answer(request) ?? this.respond(request);
  };

  /** Puts an object; its listing follows at once. */
  put(name: string, content = name): void {
    this.#microseconds += 10;
    const at = new Date(Math.floor(this.#microseconds / 1_000)).toISOString().replace('Z', '');
    const modified = `${at}${String(this.#microseconds % 1_000).padStart(3, '0')}`;
    const etag = createHash('md5').update(content).digest('hex');
    const object = { etag, bytes: Buffer.byteLength(content), modified };
    this.objects.set(name, object);
    this.listing.set(name, object);
  }

  delete(name: string): void {
    this.objects.delete(name);
    this.listing.delete(name);
  }

  /** How many requests of a kind there were: `auth`, `list` or `head`. */
  count(kind: 'auth' | 'list' | 'head'): number {
    return this.requests.items.filter((request) => kindOf(request) === kind).length;
  }

  /** The answer of the fake itself. */
  respond(request: FakeSwiftRequest): Response {
    const { method, url, headers } = request;
    if (kindOf(request) === 'auth') return this.#authenticate(request);
    if (!this.tokens.has(headers.get('x-auth-token') ?? '')) return new Response('Unauthorized', { status: 401 });
    const path = decodeURIComponent(url.pathname.slice(ACCOUNT.length));
    if (!this.isThere || !/^\/photos(\/|$)/.test(path)) return new Response('No such container', { status: 404 });
    if (path === '/photos') return method === 'HEAD' ? new Response(null, { status: 204 }) : this.#list(url);
    const object = this.objects.get(path.slice('/photos/'.length));
    return object ? new Response(null, { headers: { etag: object.etag } }) : new Response(null, { status: 404 });
  }

  #list({ searchParams }: URL): Response {
    const [prefix, marker] = [searchParams.get('prefix') ?? '', searchParams.get('marker') ?? ''];
    const isAfter = (name: string): boolean => Buffer.compare(Buffer.from(name), Buffer.from(marker)) > 0;
    const items = [...this.listing]
      .filter(([name]) => name.startsWith(prefix) && isAfter(name))
      .sort(([one], [other]) => Buffer.compare(Buffer.from(one), Buffer.from(other)))
      .slice(0, this.pageSize)
      .map(([name, { etag, bytes, modified }]) => ({
        name,
        hash: etag,
        bytes,
        last_modified: modified,
        content_type: 'application/octet-stream',
      }));
    return Response.json(items);
  }

  #authenticate(request: FakeSwiftRequest): Response {
    const { url, headers } = request;
    if (url.pathname === '/v2.0/tokens') return fakeKeystoneV2(request.body, (...who) => this.#grant(...who));
    if (url.pathname === '/v3/auth/tokens') return this.#version3(request.body);
    const [project = '', user = ''] = (headers.get('x-auth-user') ?? '').split(':');
    const granted = this.#grant(project, user, headers.get('x-auth-key') ?? '');
    if (!granted) return new Response(null, { status: 401 });
    const answered = { 'x-storage-url': granted.storageUrl, 'x-auth-token': granted.token };
    return new Response(null, { headers: { ...answered, 'x-auth-token-expires': String(granted.life) } });
  }

  #version3(body: string): Response {
    const { auth } = JSON.parse(body);
    const { name, password } = auth.identity.password.user;
    const granted = this.#grant(auth.scope.project.name, name, password);
    if (!granted) return new Response('{}', { status: 401 });
    const now = Date.now();
    const token = {
      issued_at: new Date(now).toISOString(),
      expires_at: new Date(now + granted.life * 1_000).toISOString(),
      catalog: [
        {
          type: 'object-store',
          endpoints: [
            { interface: 'internal', region: 'one', url: 'http://internal.example' },
            { interface: 'public', region: 'one', url: granted.storageUrl },
          ],
        },
      ],
    };
    return Response.json({ token }, { status: 201, headers: { 'x-subject-token': granted.token } });
  }

  #grant(project: string, user: string, password: string) {
    if (project !== 'demo' || user !== 'alice' || password !== 'secret-password') return null;
    this.#issued += 1;
    const token = `secret-token-${this.#issued}`;
    this.tokens.add(token);
    return { token, storageUrl: this.storageUrl, life: this.tokenLife };
  }
}

function kindOf({ method, url }: FakeSwiftRequest): 'auth' | 'list' | 'head' | 'container' {
  if (!url.pathname.startsWith(ACCOUNT)) return 'auth';
  if (method === 'GET') return 'list';
  return url.pathname === `${ACCOUNT}/photos` ? 'container' : 'head';
}
