import type { ClientState, CoordinationClient } from '../lib/coordination-client.js';
import { Fifo } from '../lib/fifo.js';
import type { NodeKind, NodeState } from './node-kind.js';
import { NodeObserver, type ObserverHost, type Subscriber } from './node-observer.js';

/** How many observers of a client read at once. */
const READ_SLOTS = 200;

/** What a subscriber holds. */
export interface Subscription {
  /** Whether a change of what was last told would have been reported by now. */
  readonly isCurrent: boolean;
  /** Reads again as soon as it can, and tells what it finds, changed or not. */
  refresh(): void;
  unsubscribe(): void;
}

const hosts = new WeakMap<CoordinationClient, ClientObservers>();

/** Subscribes to what is at a path. All who look at the same of it share one observer. */
export function observe<S extends NodeState>(
  client: CoordinationClient,
  kind: NodeKind<S>,
  path: string,
  subscriber: Subscriber<S>,
): Subscription {
  let host = hosts.get(client);
  if (!host) {
    host = new ClientObservers(client);
    hosts.set(client, host);
  }
  const observer = host.observerOf(kind, path);
  observer.subscribe(subscriber);
  return {
    get isCurrent() {
      return observer.isCurrent;
    },
    refresh: () => observer.refresh(),
    unsubscribe: () => observer.unsubscribe(subscriber),
  };
}

/** The observers of one client: one listener to its state, and so many reads at once, for all of them. */
class ClientObservers implements ObserverHost {
  readonly client: CoordinationClient;
  readonly #observers = new Map<string, NodeObserver<NodeState>>();
  readonly #waiting = new Fifo<() => Promise<void>>();
  #reading = 0;
  #epoch: number | undefined;

  constructor(client: CoordinationClient) {
    this.client = client;
  }

  observerOf<S extends NodeState>(kind: NodeKind<S>, path: string): NodeObserver<S> {
    const key = keyOf(kind, path);
    const known = this.#observers.get(key);
    if (known) return known as unknown as NodeObserver<S>;
    if (this.#observers.size === 0) {
      this.#epoch = this.client.epoch;
      this.client.on('state', this.#onState);
    }
    const observer = new NodeObserver(this, kind, path);
    this.#observers.set(key, observer as unknown as NodeObserver<NodeState>);
    return observer;
  }

  forget(observer: NodeObserver<NodeState>): void {
    this.#observers.delete(keyOf(observer.kind, observer.path));
    if (this.#observers.size === 0) this.client.off('state', this.#onState);
  }

  schedule(read: () => Promise<void>): void {
    this.#waiting.push(read);
    this.#runWaiting();
  }

  #runWaiting(): void {
    while (this.#reading < READ_SLOTS) {
      const read = this.#waiting.shift();
      if (!read) return;
      this.#reading += 1;
      void read().then(() => {
        this.#reading -= 1;
        this.#runWaiting();
      });
    }
  }

  readonly #onState = (state: ClientState): void => {
    if (state === 'connected') this.#connected();
    if (state === 'lost') for (const observer of this.#observers.values()) observer.sessionLost();
    if (state === 'closed') for (const observer of this.#observers.values()) observer.end('client-closed');
  };

  #connected(): void {
    const { epoch } = this.client;
    const isDoubtful = epoch === undefined || epoch !== this.#epoch;
    this.#epoch = epoch;
    for (const observer of this.#observers.values()) observer.connected(isDoubtful, epoch ?? 0);
  }
}

function keyOf(kind: { readonly name: string }, path: string): string {
  return `${kind.name}:${path}`;
}
