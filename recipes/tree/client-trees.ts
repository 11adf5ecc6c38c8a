import { withoutContext } from '../../lib/core/call-context.js';
import type { ClientState, CoordinationClient } from '../../lib/core/coordination-client.js';
import { isServed } from '../../lib/core/is-served.js';
import { OBSERVING } from '../../lib/core/limits.js';
import { backgroundTimer } from '../../lib/core/timers.js';
import { ConnectWarning, reportsOf } from '../observing/index.js';
import { Scope } from './scope.js';
import { TreeObserver } from './tree-observer.js';
import type { TreeSubscriber } from './tree-subscriber.js';

const { recheckAfter, recheckTick } = OBSERVING;

/** The properties by which trees of a client differ. */
export interface TreeSelection {
  readonly path: string;
  readonly hasData: boolean;
  readonly depth: number;
  readonly ignore: ((path: string) => boolean) | undefined;
}

const hosts = new WeakMap<CoordinationClient, ClientTrees>();

/**
 * Subscribes to a tree. All subscribers to the same selection share one observer. The subscriber may be notified before
 * this function returns.
 */
export function observeTree(
  client: CoordinationClient,
  selection: TreeSelection,
  subscriber: TreeSubscriber,
): TreeObserver {
  const known = hosts.get(client);
  const host = known ?? new ClientTrees(client);
  if (!known) hosts.set(client, host);
  return withoutContext(() => host.observe(selection, subscriber));
}

interface Entry {
  readonly selection: TreeSelection;
  readonly observer: TreeObserver;
  /** The sum of the times that its znodes have waited for a recheck, in ms. */
  waited: number;
}

/** The trees of one client: they share one listener for its state. */
class ClientTrees {
  readonly #client: CoordinationClient;
  readonly #entries = new Set<Entry>();
  #timer: NodeJS.Timeout | undefined;
  #connectWarning: ConnectWarning | undefined;

  constructor(client: CoordinationClient) {
    this.#client = client;
  }

  observe(selection: TreeSelection, subscriber: TreeSubscriber): TreeObserver {
    for (const entry of this.#entries) {
      if (!isSame(entry.selection, selection)) continue;
      entry.observer.subscribe(subscriber);
      return entry.observer;
    }
    if (this.#entries.size === 0) this.#attach();
    const { path, hasData, depth, ignore } = selection;
    const reports = reportsOf(this.#client);
    const scope = new Scope(path, depth, ignore, (error, part) =>
      reports.threw(error, `${part}the tree of ${path}`, path),
    );
    const observer = new TreeObserver(this.#client, scope, hasData, () => this.#remove(entry));
    const entry: Entry = { selection, observer, waited: 0 };
    this.#entries.add(entry);
    observer.subscribe(subscriber);
    observer.start();
    return observer;
  }

  #remove(entry: Entry): void {
    if (!this.#entries.delete(entry) || this.#entries.size > 0) return;
    this.#client.off('state', this.#onState);
    clearTimeout(this.#timer);
  }

  #attach(): void {
    this.#connectWarning = new ConnectWarning(this.#client);
    this.#client.on('state', this.#onState);
    this.#nextTick();
  }

  #nextTick(): void {
    this.#timer = backgroundTimer(() => this.#tick(), recheckTick);
  }

  #tick(): void {
    this.#nextTick();
    this.#connectWarning?.check(this.#entries.size);
    for (const entry of [...this.#entries]) {
      entry.waited += Math.max(1, entry.observer.size) * recheckTick;
      const due = Math.floor(entry.waited / recheckAfter);
      entry.waited -= due * recheckAfter;
      if (due > 0) entry.observer.recheck(due);
    }
  }

  readonly #onState = (state: ClientState): void => {
    for (const { observer } of [...this.#entries]) {
      if (isServed(state)) observer.connected();
      else if (state === 'closed') observer.ended('client-closed');
      else observer.disconnected();
    }
  };
}

function isSame(one: TreeSelection, other: TreeSelection): boolean {
  return (
    one.path === other.path && one.hasData === other.hasData && one.depth === other.depth && one.ignore === other.ignore
  );
}
