import type { ClientState, Stat, Watcher } from '../lib/core/coordination-client.js';
import { FakeClient } from './fake-client.js';

type ServerAspect = 'data' | 'child';

interface Armed {
  readonly aspect: ServerAspect;
  readonly path: string;
  /** The last change that was read; `null`: there was no znode. */
  readonly mark: bigint | null;
  readonly watcher: Watcher;
}

/** A client whose watches outlive its connections and sessions, as `epoch` promises. */
export class FaithfulClient extends FakeClient {
  readonly epoch: number = 0;
  readonly #armed = new Map<number, Armed>();
  #next = 0;

  /** The path of each function that is armed: the table of watches that a server would have. */
  get armedPaths(): string[] {
    return [...new Map([...this.#armed.values()].map(({ watcher, path }) => [watcher, path])).values()];
  }

  override async exists(path: string, watcher?: Watcher): Promise<Stat | null> {
    const stat = await super.exists(path);
    this.#arm('data', path, stat?.mzxid ?? null, watcher);
    return stat;
  }

  override async getData(path: string, watcher?: Watcher) {
    const reply = await super.getData(path);
    this.#arm('data', path, reply.stat.mzxid, watcher);
    return reply;
  }

  override async getChildren(path: string, watcher?: Watcher) {
    const reply = await super.getChildren(path);
    this.#arm('child', path, reply.stat.pzxid, watcher);
    return reply;
  }

  removeWatcher(path: string, watcher: Watcher): void {
    for (const [key, armed] of this.#armed) {
      if (armed.path === path && armed.watcher === watcher) this.#armed.delete(key);
    }
  }

  /** Fires for changes made meanwhile before any listener learns that the client is connected again. */
  override become(state: ClientState): void {
    if (state === 'connected') this.#fireChanged();
    super.become(state);
  }

  /** To be called after each change. */
  changed(): void {
    if (this.state === 'connected') this.#fireChanged();
  }

  #arm(aspect: ServerAspect, path: string, mark: bigint | null, watcher: Watcher | undefined): void {
    if (!watcher) return;
    for (const armed of this.#armed.values()) {
      if (armed.watcher === watcher && armed.path === path && armed.aspect === aspect) return;
    }
    this.#armed.set(this.#next++, { aspect, path, mark, watcher });
    this.changed();
  }

  #fireChanged(): void {
    for (const [key, { aspect, path, mark, watcher }] of [...this.#armed]) {
      const node = this.tree.get(path);
      const now = node ? (aspect === 'data' ? node.mzxid : node.pzxid) : null;
      if (now === mark) continue;
      this.#armed.delete(key);
      const changed = aspect === 'data' ? 'NodeDataChanged' : 'NodeChildrenChanged';
      const type = now === null ? 'NodeDeleted' : mark === null ? 'NodeCreated' : changed;
      watcher({ type, path });
    }
  }
}
