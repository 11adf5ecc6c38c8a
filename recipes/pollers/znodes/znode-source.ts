import { unlessAborted } from '../../../lib/core/abort.js';
import type { CoordinationClient } from '../../../lib/core/coordination-client.js';
import { childOf } from '../../../lib/core/paths.js';
import type { TreeNode } from '../../changes/index.js';
import { forEach, inSlices, type Tree, type Work } from '../../tree/index.js';
import { POLLING } from '../limits.js';
import type { Answer, FoundEntry, KnownEntries, KnownEntry, Question, Source } from '../source.js';
import type { PollerOptions } from '../types.js';
import { PolledTree } from './polled-tree.js';

/** A client that is closed with its poller. */
interface OwnClient extends CoordinationClient {
  connect(options: { signal: AbortSignal }): Promise<unknown>;
  close(): Promise<void>;
}

/** The client of a source. */
export type SourceClient =
  | { readonly client: CoordinationClient; readonly isOwn: false }
  | { readonly client: OwnClient; readonly isOwn: true };

/** The zxids of a znode whose stat the server does not give. */
const UNKNOWN = '0';
const UNREADABLE = '!';

/** A znode, there or not, and what is below it: a watch of the tree says what has changed. */
export class ZnodeSource implements Source {
  readonly kind = 'zookeeper';
  readonly url: string;
  readonly #path: string;
  readonly #client: SourceClient;
  readonly #depth: number;
  readonly #ignore: ((path: string) => boolean) | undefined;
  #polled: PolledTree | undefined;
  #tree: Tree | undefined;
  /** The paths with changes since the last answer. */
  #changed = new Set<string>();
  /** Whether all of the tree has to be compared. */
  #isWhole = true;
  /** Thrown by `ignore`. */
  #thrown: { readonly error: unknown } | undefined;
  #push = (): void => {};

  /** @param base the URL of the znode `/` */
  constructor(base: string, path: string, client: SourceClient, { recurse = false, ignore }: PollerOptions) {
    this.url = `${base}${toUrlPath(path)}`;
    this.#path = path;
    this.#client = client;
    this.#depth = recurse ? Infinity : 1;
    this.#ignore = ignore && ((znode) => this.#ignores(ignore, znode));
  }

  onPush(push: () => void): void {
    this.#push = push;
  }

  subjectOf(key: string): string {
    if (key === '') return this.url;
    return `${this.url.endsWith('/') ? this.url : `${this.url}/`}${toUrlPath(key)}`;
  }

  async open(signal: AbortSignal): Promise<void> {
    if (this.#client.isOwn) await this.#client.client.connect({ signal });
  }

  async look({ known, signal }: Question): Promise<Answer> {
    const polled = this.#watch();
    const { client } = this.#client;
    // Changes that others have committed may not have come to this server yet.
    // A client without sync() learns by any read of the changes that its server has made before.
    await unlessAborted<unknown>(client.sync ? client.sync(this.#path) : client.exists(this.#path), signal);
    await polled.caughtUp(signal);
    const thrown = this.#thrown;
    if (thrown) {
      this.#unwatch();
      throw thrown.error;
    }
    // Nothing below may fail: what is taken here is not found again.
    const [tree, changed, isWhole] = [this.#tree as Tree, this.#changed, this.#isWhole];
    this.#changed = new Set();
    this.#isWhole = false;
    return { found: await inSlices(isWhole ? this.#compareAll(tree, known) : this.#compare(tree, known, changed)) };
  }

  async close(): Promise<void> {
    this.#unwatch();
    if (this.#client.isOwn) await this.#client.client.close();
  }

  #watch(): PolledTree {
    if (this.#polled?.isOver) this.#unwatch();
    this.#polled ??= new PolledTree(this.#client.client, {
      path: this.#path,
      depth: this.#depth,
      ignore: this.#ignore,
      onTree: (tree, paths) => {
        this.#tree = tree;
        if (!this.#isWhole) for (const path of paths) this.#changed.add(path);
        this.#push();
      },
    });
    return this.#polled;
  }

  #unwatch(): void {
    this.#polled?.stopByUser();
    this.#polled = undefined;
    this.#tree = undefined;
    this.#thrown = undefined;
    this.#changed.clear();
    this.#isWhole = true;
  }

  #ignores(ignore: (subject: string) => boolean, path: string): boolean {
    try {
      return ignore(this.subjectOf(this.#keyOf(path)));
    } catch (error) {
      this.#thrown = { error };
      return false;
    }
  }

  *#compareAll(tree: Tree, known: KnownEntries): Work<Map<string, FoundEntry | null>> {
    const found = new Map<string, FoundEntry | null>();
    yield* forEach(tree, POLLING.comparedAtOnce, (node) => {
      const key = this.#keyOf(node.path);
      found.set(key, toEntry(node, known.get(key)));
    });
    yield* forEach(known.keys(), POLLING.comparedAtOnce, (key) => {
      if (!found.has(key)) found.set(key, null);
    });
    return found;
  }

  *#compare(tree: Tree, known: KnownEntries, changed: ReadonlySet<string>): Work<Map<string, FoundEntry | null>> {
    const found = new Map<string, FoundEntry | null>();
    yield* forEach(changed, POLLING.comparedAtOnce, (path) => {
      const key = this.#keyOf(path);
      const node = tree.get(path);
      found.set(key, node ? toEntry(node, known.get(key)) : null);
    });
    return found;
  }

  /** The path from the root on. */
  #keyOf(path: string): string {
    const length = childOf(this.#path, '').length;
    return path.slice(length);
  }
}

/** A znode by its zxids; those that are not known are no other ones. */
function toEntry({ stat, unreadable }: TreeNode, known: KnownEntry | undefined): FoundEntry {
  const [czxid, mzxid] = [`${stat.czxid}`, `${stat.mzxid}`];
  const isOther = known !== undefined && known.id !== czxid && known.id !== UNKNOWN && czxid !== UNKNOWN;
  const id = known && !isOther ? known.id : czxid;
  const before = known?.version.replace(UNREADABLE, '') ?? UNKNOWN;
  const isSameData = mzxid === UNKNOWN || (before === UNKNOWN && known?.version.endsWith(UNREADABLE) === unreadable);
  const version = `${known && isSameData ? before : mzxid}${unreadable ? UNREADABLE : ''}`;
  if (unreadable) return { id, version, isDirectory: false };
  return { id, version, isDirectory: false, size: stat.dataLength, modified: new Date(stat.mtime) };
}

function toUrlPath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
