import type { CoordinationClient, ZnodeRead } from '../../lib/core/coordination-client.js';
import { codeOf, isRetryable } from '../../lib/core/errors.js';
import { TREE } from '../../lib/core/limits.js';
import { PERMANENT_ERRORS } from '../observing/index.js';
import type { KnownNode } from './known-node.js';
import { type Due, PARTS, type Reading } from './reading.js';

/** The way in which a tree is read. */
export interface Feed {
  /** How many znodes are read together, and how many such portions at once. */
  readonly portion: { readonly znodes: number; readonly atOnce: number };
  /** Reads znodes; resolves with the readings in the same order. Rejects when the requests as such fail. */
  read(dues: readonly Due[]): Promise<readonly Reading[]>;
}

type ReadingClient = CoordinationClient & Required<Pick<CoordinationClient, 'readMany'>>;

/** Reads many znodes per request, and arms nothing: for a tree below a recursive watch. */
export class BulkFeed implements Feed {
  readonly portion = TREE.portion;
  readonly #client: ReadingClient;
  readonly #hasData: boolean;
  readonly #known: (path: string) => KnownNode | undefined;

  constructor(client: ReadingClient, hasData: boolean, known: (path: string) => KnownNode | undefined) {
    this.#client = client;
    this.#hasData = hasData;
    this.#known = known;
  }

  async read(dues: readonly Due[]): Promise<readonly Reading[]> {
    const bulk: string[] = [];
    const alone = new Map<string, Promise<Reading>>();
    for (const due of dues) {
      if (this.#isReadAlone(due)) alone.set(due.path, this.#readAlone(due));
      else bulk.push(due.path);
    }
    const [readings] = await Promise.all([this.#readTogether(bulk), ...alone.values()]);
    if (alone.size === 0) return readings;
    const next = readings[Symbol.iterator]();
    return Promise.all(dues.map(({ path }) => alone.get(path) ?? (next.next().value as Reading)));
  }

  async #readTogether(paths: readonly string[]): Promise<readonly Reading[]> {
    if (paths.length === 0) return [];
    const leaves = paths.every((path) => isSmallLeaf(this.#known(path)));
    const results = await this.#client.readMany(paths, { data: this.#hasData, leaves });
    const readings = results.map((result, index) => this.#toReading(paths[index] as string, result));
    return readings.some((each) => each instanceof Promise) ? Promise.all(readings) : (readings as Reading[]);
  }

  #toReading(path: string, result: ZnodeRead | Error): Reading | Promise<Reading> {
    if (result instanceof Error) {
      if (codeOf(result) === 'DATA_INCONSISTENCY') return this.#readParts(path);
      return readingOfFailure(this.#client, path, result);
    }
    const { stat, data, children } = result;
    return { kind: 'found', path, stat, data: this.#hasData ? data : null, children };
  }

  /** The znode changes too often to be read at one moment: its parts may differ, as the next event is on its way. */
  async #readParts(path: string): Promise<Reading> {
    try {
      const [own, { children }] = await Promise.all([this.#client.getData(path), this.#client.getChildren(path)]);
      return { kind: 'found', path, stat: own.stat, data: this.#hasData ? own.data : null, children };
    } catch (error) {
      return readingOfFailure(this.#client, path, error);
    }
  }

  /** Of a znode with many children, the list of their names is a large part of the reply. */
  #isReadAlone({ path, parts }: Due): boolean {
    if (parts & PARTS.children) return false;
    return (this.#known(path)?.stat.numChildren ?? 0) > TREE.longList;
  }

  async #readAlone({ path, parts }: Due): Promise<Reading> {
    if (this.#hasData && parts & PARTS.data) {
      try {
        return { kind: 'found', path, ...(await this.#client.getData(path)) };
      } catch (error) {
        return readingOfFailure(this.#client, path, error);
      }
    }
    try {
      const stat = await this.#client.exists(path);
      if (!stat) return { kind: 'missing', path };
      return { kind: 'found', path, stat, ...(!this.#hasData && { data: null }) };
    } catch (error) {
      return readingOfFailure(this.#client, path, error);
    }
  }
}

function isSmallLeaf(known: KnownNode | undefined): boolean {
  return known?.stat.numChildren === 0 && known.stat.dataLength <= TREE.smallData;
}

/**
 * Continues after the failed read of one znode. `exists` needs no READ permission with older servers (ZOOKEEPER-2590).
 *
 * @throws the error, when it is not about this znode alone
 */
export async function readingOfFailure(
  client: CoordinationClient,
  path: string,
  error: unknown,
  exists = () => client.exists(path),
): Promise<Reading> {
  const code = codeOf(error);
  if (code === 'NO_NODE') return { kind: 'missing', path };
  if (code === undefined || code === 'CLIENT_CLOSED' || isRetryable(error) || PERMANENT_ERRORS.has(code)) throw error;
  try {
    const stat = await exists();
    return stat ? { kind: 'unreadable', path, stat, error } : { kind: 'missing', path };
  } catch (refusal) {
    // Of a missing znode the servers say so.
    if (codeOf(refusal) === 'NO_AUTH') return { kind: 'unreadable', path, stat: null, error };
    throw refusal;
  }
}
