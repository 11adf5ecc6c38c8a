import { abortWith } from '../../../lib/core/abort.js';
import { isSliceOver, nextSlice } from '../../../lib/core/slices.js';
import type { Answer, FoundEntry, KnownEntries, KnownEntry, Question, Source } from '../source.js';
import type { PollerOptions } from '../types.js';
import { HttpSender } from './http.js';
import { SWIFT } from './limits.js';
import { type ListedObject, listObjects } from './listing.js';
import { type SwiftCall, SwiftSession } from './swift-session.js';
import { encode, type SwiftAddress } from './swift-url.js';

/** The options of a poller that its source knows, and what specs make smaller. */
export interface SwiftSourceOptions extends Pick<PollerOptions, 'recurse' | 'ignore' | 'fetch'> {
  /** Default {@link SWIFT.answerWithin}. */
  answerWithin?: number;
}

/**
 * The objects of a container. Its listing is a hint: a container may lag behind its objects, and its replicas behind
 * each other. Whether a name has come or gone is asked of the object itself.
 */
export class SwiftSource implements Source {
  readonly kind = 'swift';
  readonly url: string;
  readonly #address: SwiftAddress;
  readonly #session: SwiftSession;
  readonly #recurse: boolean;
  readonly #ignore: ((subject: string) => boolean) | undefined;

  constructor(address: SwiftAddress, options: SwiftSourceOptions = {}) {
    const { recurse = false, ignore, fetch = globalThis.fetch, answerWithin } = options;
    this.url = address.url;
    this.#address = address;
    this.#session = new SwiftSession(address, new HttpSender(address.url, fetch, answerWithin ?? SWIFT.answerWithin));
    this.#recurse = recurse;
    this.#ignore = ignore;
  }

  subjectOf(name: string): string {
    return `${this.#address.base}&name=${encode(name)}`;
  }

  async open(signal: AbortSignal): Promise<void> {
    const { container } = this.#address;
    const about = `the container ${JSON.stringify(container)}`;
    const call = this.#session.call(signal);
    const { status } = await call.send({ method: 'HEAD', path: `/${encode(container)}`, about, longest: 0 });
    if (status === 404) throw call.failed(about, 'is not there (404): create it first', status);
  }

  async look({ known, isBaseline, signal }: Question): Promise<Answer> {
    const control = new AbortController();
    const letGo = abortWith(control, signal);
    try {
      const call = this.#session.call(control.signal);
      const found = new Map<string, FoundEntry | null>();
      const doubts = await this.#compare(call, known, isBaseline, found);
      await this.#settle(call, doubts, found);
      return { found };
    } finally {
      letGo();
      // Requests that are still on their way after a failure.
      control.abort();
    }
  }

  async close(): Promise<void> {}

  /** Adds what the listing alone shows to what was found. Returns the rest. */
  async #compare(call: SwiftCall, known: KnownEntries, isBaseline: boolean, found: Found): Promise<Doubt[]> {
    const { container, prefix } = this.#address;
    const listed = new Set<string>();
    const doubts: Doubt[] = [];
    for await (const page of listObjects(call, { container, prefix, recurse: this.#recurse })) {
      for (const object of page) {
        if (isSliceOver()) await nextSlice();
        const { name } = object;
        if (this.#isIgnored(name)) continue;
        listed.add(name);
        const before = known.get(name);
        const verdict = isBaseline ? 'news' : judge(before, object);
        if (verdict === 'news') found.set(name, toEntry(object));
        if (verdict === 'doubt') doubts.push({ name, before, object });
      }
    }
    for (const [name, before] of known) {
      if (isSliceOver()) await nextSlice();
      if (!listed.has(name) && !this.#isIgnored(name)) doubts.push({ name, before, object: null });
    }
    return doubts;
  }

  /** Asks the objects themselves, some at a time. */
  async #settle(call: SwiftCall, doubts: readonly Doubt[], found: Found): Promise<void> {
    const queue = doubts.values();
    const work = async (): Promise<void> => {
      for (const { name, before, object } of queue) {
        const etag = await this.#etagOf(call, name);
        if (etag === null && !object) found.set(name, null);
        if (etag !== null && object && (!before || etag === object.etag)) found.set(name, toEntry(object));
      }
    };
    await Promise.all(Array.from({ length: SWIFT.headsAtOnce }, work));
  }

  /** The hash of an object that is there; `null` for one that is not. */
  async #etagOf(call: SwiftCall, name: string): Promise<string | null> {
    const about = `the HEAD of ${JSON.stringify(name)}`;
    const path = objectPath(this.#address.container, name);
    // Of all replicas, which may lag behind each other, the newest.
    const newest = { 'x-newest': 'true' };
    const { status, headers } = await call.send({ method: 'HEAD', path, headers: newest, about, longest: 0 });
    return status === 404 ? null : (headers.get('etag') ?? '').replaceAll('"', '');
  }

  #isIgnored(name: string): boolean {
    return this.#ignore !== undefined && this.#ignore(this.subjectOf(name)) === true;
  }
}

type Found = Map<string, FoundEntry | null>;

/** An object that may have come, gone, or changed back. */
interface Doubt {
  readonly name: string;
  readonly before: KnownEntry | undefined;
  /** As it is listed; `null` when it is not. */
  readonly object: ListedObject | null;
}

/** A new object may be gone already. One that is older than the known one may come from a replica that lags. */
function judge(before: KnownEntry | undefined, { modified, etag }: ListedObject): 'news' | 'same' | 'doubt' {
  if (!before) return 'doubt';
  const at = before.version.indexOf(' ');
  const [knownTime, knownTag] = [before.version.slice(0, at), before.version.slice(at + 1)];
  if (modified > knownTime) return 'news';
  if (etag === knownTag) return 'same';
  return modified === knownTime ? 'news' : 'doubt';
}

function toEntry({ size, etag, modified, isDirectory }: ListedObject): FoundEntry {
  const version = `${modified} ${etag}`;
  return { id: '', version, isDirectory, size, modified: new Date(`${modified}Z`), etag };
}

/** Slashes stay, unless `fetch` would take a name between them for a step up or for none. */
function objectPath(container: string, name: string): string {
  const parts = [container, ...name.split('/')];
  const hasSteps = parts.some((part) => part === '.' || part === '..');
  return `/${parts.map(encode).join(hasSteps ? '%2F' : '/')}`;
}
