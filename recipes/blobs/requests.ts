import type { ClientState, CreateMode, DataAndStat, Stat } from '../../lib/core/coordination-client.js';
import { codeOf } from '../../lib/core/errors.js';
import { isServed } from '../../lib/core/is-served.js';
import { backoff, RetryPauses } from '../../lib/core/retry.js';
import type { TransactionalClient } from '../../lib/core/transactional-client.js';
import type { Layout } from './layout.js';
import { BLOBS } from './limits.js';
import type { StorageOptions } from './storage-options.js';

/** Codes after which it is unknown whether a request was carried out, or which say that it was not. */
export const UNANSWERED: ReadonlySet<unknown> = new Set(['CONNECTION_LOSS', 'SESSION_EXPIRED']);

/** The parts of a generation that were removed. */
export interface RemovedGeneration {
  readonly chunks: number;
  readonly bytes: number;
  /** Whether nothing of it is left, by this removal. */
  readonly isRemoved: boolean;
}

/** The requests of a storage, each repeated until a server has answered it. */
export class Requests {
  readonly client: TransactionalClient;
  readonly layout: Layout;
  readonly options: StorageOptions;

  constructor(client: TransactionalClient, layout: Layout, options: StorageOptions) {
    this.client = client;
    this.layout = layout;
    this.options = options;
  }

  /**
   * Repeats a request after each loss of the connection or the session, for BLOBS.patience at most.
   *
   * @param request may happen twice
   * @param signal ends a pause; the request decides itself how to end
   */
  async answered<T>(request: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const until = performance.now() + BLOBS.patience;
    for (let failures = 1; ; failures += 1) {
      try {
        return await request();
      } catch (error) {
        if (!UNANSWERED.has(codeOf(error)) || performance.now() > until) throw error;
      }
      await this.pause(backoff(failures, BLOBS.repeat), signal);
      signal?.throwIfAborted();
    }
  }

  /** Resolves after so many ms, or once the client is connected again or closed, or the signal aborts. */
  async pause(ms: number, signal?: AbortSignal): Promise<void> {
    const { client } = this;
    const pauses = new RetryPauses();
    const onState = (state: ClientState): void => {
      if (isServed(state) || state === 'closed') pauses.endAll();
    };
    client.on('state', onState);
    await pauses.pause(ms, signal);
    client.off('state', onState);
  }

  /** Later reads show every write that was answered before, whoever made it. */
  sync(): Promise<void> {
    return this.answered(async () => this.client.sync?.(this.layout.root));
  }

  /** The stat; `null` when there is no such znode. */
  exists(path: string): Promise<Stat | null> {
    return this.answered(() => this.client.exists(path));
  }

  /** `null` when there is no such znode. */
  getData(path: string): Promise<DataAndStat | null> {
    return this.answered(() => this.client.getData(path)).catch(nullIf('NO_NODE'));
  }

  /** The names of the children; none when there is no such znode. */
  async children(path: string): Promise<string[]> {
    const found = await this.answered(() => this.client.getChildren(path)).catch(nullIf('NO_NODE'));
    return found?.children ?? [];
  }

  /** Creates a znode unless it exists. */
  async create(path: string, data: Buffer, mode: CreateMode, signal?: AbortSignal): Promise<void> {
    const { acl } = this.options;
    await this.answered(() => this.client.create(path, data, { mode, acl: [...acl] }), signal).catch(
      nullIf('NODE_EXISTS'),
    );
  }

  /** Deletes a znode. Returns whether there was one. */
  async remove(path: string): Promise<boolean> {
    const removed = this.answered(() => this.client.delete(path)).then(() => true);
    return (await removed.catch(nullIf('NO_NODE'))) ?? false;
  }

  /** Creates the znodes that all blobs share. The markers' is the last: where it is, the others are. */
  async createRoots(): Promise<void> {
    const { manifests, chunks, receipts, markers } = this.layout;
    const { acl } = this.options;
    for (const path of [manifests, chunks, receipts, markers]) {
      const create = () => this.client.create(path, Buffer.alloc(0), { makePath: true, acl: [...acl] });
      await this.answered(create).catch(nullIf('NODE_EXISTS'));
    }
  }

  /** Removes the chunks of a generation that nobody can commit any more. Returns how many, and their bytes. */
  async removeGeneration(generation: string): Promise<RemovedGeneration> {
    const path = this.layout.generation(generation);
    const removed = { chunks: 0, bytes: 0, isRemoved: false };
    // A writer whose session is lost may still send some.
    for (let round = 0; round < BLOBS.rereads; round += 1) {
      const names = await this.children(path);
      await inPortions(names, (name) => this.#removeChunk(`${path}/${name}`, removed));
      const isRemoved = await this.remove(path).catch(nullIf('NOT_EMPTY'));
      if (isRemoved !== null) return { ...removed, isRemoved };
    }
    return removed;
  }

  async #removeChunk(path: string, removed: { chunks: number; bytes: number }): Promise<void> {
    const stat = await this.exists(path);
    if (!stat || !(await this.remove(path))) return;
    removed.chunks += 1;
    removed.bytes += stat.dataLength;
  }
}

/** Does the work for each item, for a portion of them at once. */
export async function inPortions<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += BLOBS.collectedAtOnce) {
    results.push(...(await Promise.all(items.slice(start, start + BLOBS.collectedAtOnce).map(work))));
  }
  return results;
}

/** Takes an error of the code for `null`. */
function nullIf(code: string): (error: unknown) => null {
  return (error) => {
    if (codeOf(error) !== code) throw error;
    return null;
  };
}
