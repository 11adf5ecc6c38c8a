import type { ClientState, CoordinationClient } from '../../lib/core/coordination-client.js';
import { Fifo } from '../../lib/core/fifo.js';
import { OBSERVING } from '../../lib/core/limits.js';
import type { NodeKind, NodeState } from './aspect.js';
import { NodeObserver, type ObserverHost, type Subscriber } from './node-observer.js';
import { Recheck } from './recheck.js';

const hosts = new WeakMap<CoordinationClient, ClientObservers>();

/** Subscribes to what is at a path. All who look at the same of it share one observer. */
export function observe<S extends NodeState>(
  client: CoordinationClient,
  kind: NodeKind<S>,
  path: string,
  subscriber: Subscriber<S>,
): NodeObserver<S> {
  let host = hosts.get(client);
  if (!host) {
    host = new ClientObservers(client);
    hosts.set(client, host);
  }
  const observer = host.observerOf(kind, path);
  observer.subscribe(subscriber);
  return observer;
}

/** The observers of one client: one listener to its state, and so many reads at once, for all of them. */
class ClientObservers implements ObserverHost {
  readonly client: CoordinationClient;
  readonly #observers = { data: new Map<string, NodeObserver<NodeState>>(), children: new Map() };
  readonly #waiting = new Fifo<NodeObserver<NodeState>>();
  readonly #recheck = new Recheck(
    () => this.#all(),
    () => this.#size,
  );
  #reading = 0;
  /** Since a read has ended, or the event loop has turned. */
  #begun = 0;
  #isPausing = false;
  #epoch: number | undefined;

  constructor(client: CoordinationClient) {
    this.client = client;
  }

  observerOf<S extends NodeState>(kind: NodeKind<S>, path: string): NodeObserver<S> {
    const observers = this.#observers[kind.name];
    const known = observers.get(path);
    if (known) return known as unknown as NodeObserver<S>;
    if (this.#size === 0) {
      this.#epoch = this.client.epoch;
      this.client.on('state', this.#onState);
      this.#recheck.start();
    }
    const observer = new NodeObserver(this, kind, path);
    observers.set(path, observer as unknown as NodeObserver<NodeState>);
    return observer;
  }

  forget({ kind, path }: NodeObserver<NodeState>): void {
    this.#observers[kind.name].delete(path);
    if (this.#size > 0) return;
    this.client.off('state', this.#onState);
    this.#recheck.stop();
  }

  schedule(observer: NodeObserver<NodeState>): void {
    this.#waiting.push(observer);
    this.#readNext();
  }

  get #size(): number {
    return this.#observers.data.size + this.#observers.children.size;
  }

  *#all(): Generator<NodeObserver<NodeState>> {
    yield* this.#observers.data.values();
    yield* this.#observers.children.values();
  }

  #readNext(): void {
    while (this.#reading < OBSERVING.readsAtOnce && !this.#isPausing) {
      if (this.#begun === OBSERVING.readsBegunPerTurn) {
        this.#isPausing = true;
        setImmediate(this.#goOn);
        return;
      }
      const observer = this.#waiting.shift();
      if (!observer) return;
      this.#begun += 1;
      this.#reading += 1;
      void observer.read().then(this.#readEnded);
    }
  }

  readonly #goOn = (): void => {
    this.#isPausing = false;
    this.#begun = 0;
    this.#readNext();
  };

  readonly #readEnded = (): void => {
    this.#reading -= 1;
    this.#begun = 0;
    this.#readNext();
  };

  readonly #onState = (state: ClientState): void => {
    if (state === 'connected') this.#connected();
    else if (state === 'suspended') this.#forEach((observer) => observer.interrupted());
    else if (state === 'lost') this.#forEach((observer) => observer.sessionLost());
    else if (state === 'closed') this.#forEach((observer) => observer.end('client-closed'));
  };

  #connected(): void {
    const { epoch } = this.client;
    const isDoubtful = epoch === undefined || epoch !== this.#epoch;
    this.#epoch = epoch;
    this.#forEach((observer) => observer.connected(isDoubtful, epoch ?? 0));
  }

  #forEach(tell: (observer: NodeObserver<NodeState>) => void): void {
    for (const observers of Object.values(this.#observers)) observers.forEach(tell);
  }
}
