import { withoutContext } from '../../lib/core/call-context.js';
import type { ClientState, CoordinationClient } from '../../lib/core/coordination-client.js';
import { Fifo } from '../../lib/core/fifo.js';
import { isServed } from '../../lib/core/is-served.js';
import { OBSERVING } from '../../lib/core/limits.js';
import { turns } from '../../lib/core/timers.js';
import type { Aspect, NodeState } from './aspect.js';
import { ConnectWarning } from './connect-warning.js';
import { NodeObserver, type ObserverHost } from './node-observer.js';
import { Recheck } from './recheck.js';
import type { Subscriber } from './subscriber.js';

type AnyObserver = NodeObserver<NodeState>;

const hosts = new WeakMap<CoordinationClient, ClientObservers>();

/**
 * Subscribes to an aspect of a znode. All subscribers to the same aspect of a path share one observer, and with it one
 * server watch and one read per change. The subscriber may be notified before this function returns.
 */
export function observe<S extends NodeState>(
  client: CoordinationClient,
  aspect: Aspect<S>,
  path: string,
  subscriber: Subscriber<S>,
): NodeObserver<S> {
  const known = hosts.get(client);
  const host = known ?? new ClientObservers(client);
  if (!known) hosts.set(client, host);
  return withoutContext(() => host.observe(aspect, path, subscriber));
}

/** The observers of one client: they share one listener for its state and a limited number of concurrent reads. */
class ClientObservers implements ObserverHost {
  readonly client: CoordinationClient;
  /** By aspect, then by path. */
  readonly #observers = new Map<object, Map<string, AnyObserver>>();
  #size = 0;
  #epoch: number | undefined;
  #recheck: Recheck | undefined;
  /** Observers without a read slot; empty whenever a slot is free. */
  readonly #waiting = new Fifo<AnyObserver>();
  #reading = 0;
  /** Reads begun since a read ended or the event loop turned. */
  #begun = 0;
  #isPausing = false;

  constructor(client: CoordinationClient) {
    this.client = client;
  }

  observe<S extends NodeState>(aspect: Aspect<S>, path: string, subscriber: Subscriber<S>): NodeObserver<S> {
    let observers = this.#observers.get(aspect) as Map<string, NodeObserver<S>> | undefined;
    const known = observers?.get(path);
    if (known) {
      known.subscribe(subscriber);
      return known;
    }
    if (this.#size === 0) this.#attach();
    if (!observers) {
      observers = new Map();
      this.#observers.set(aspect, observers as unknown as Map<string, AnyObserver>);
    }
    const observer = new NodeObserver(this, aspect, path, subscriber);
    observers.set(path, observer);
    this.#size += 1;
    observer.refresh();
    return observer;
  }

  remove({ aspect, path }: AnyObserver): void {
    const observers = this.#observers.get(aspect);
    if (!observers?.delete(path)) return;
    if (observers.size === 0) this.#observers.delete(aspect);
    this.#size -= 1;
    if (this.#size === 0) this.#detach();
  }

  schedule(observer: AnyObserver): void {
    if (this.#mayBegin()) this.#begin(observer);
    else this.#waiting.push(observer);
  }

  #attach(): void {
    this.#epoch = this.client.epoch;
    const warning = new ConnectWarning(this.client);
    this.client.on('state', this.#onState);
    this.#recheck = new Recheck(
      () => this.#all(),
      () => this.#size,
      () => warning.check(this.#size),
    );
  }

  #detach(): void {
    this.client.off('state', this.#onState);
    this.#recheck?.stop();
  }

  *#all(): Generator<AnyObserver> {
    for (const observers of this.#observers.values()) yield* observers.values();
  }

  #mayBegin(): boolean {
    if (this.#reading >= OBSERVING.readsAtOnce || this.#isPausing) return false;
    if (this.#begun < OBSERVING.readsBegunPerTurn) return true;
    this.#isPausing = true;
    turns.next(this.#resume);
    return false;
  }

  #begin(observer: AnyObserver): void {
    this.#begun += 1;
    this.#reading += 1;
    void withoutContext(() => observer.read()).then(this.#readEnded);
  }

  #beginWaiting(): void {
    this.#begun = 0;
    while (this.#waiting.length > 0 && this.#mayBegin()) this.#begin(this.#waiting.shift() as AnyObserver);
  }

  readonly #resume = (): void => {
    this.#isPausing = false;
    this.#beginWaiting();
  };

  readonly #readEnded = (): void => {
    this.#reading -= 1;
    this.#beginWaiting();
  };

  readonly #onState = (state: ClientState): void => {
    if (isServed(state)) return this.#connected();
    if (state === 'closed') return this.#forEach((observer) => observer.end('client-closed'));
    // A third-party client may be `lost` without having been `suspended`.
    this.#forEach((observer) => observer.interrupted());
    if (state === 'lost') this.#forEach((observer) => observer.sessionLost());
  };

  #connected(): void {
    const { epoch } = this.client;
    const isNewEpoch = epoch !== this.#epoch;
    this.#epoch = epoch;
    // A client without an epoch promises nothing about its watches.
    const mustReread = epoch === undefined || isNewEpoch;
    this.#forEach((observer) => observer.connected(mustReread, isNewEpoch));
  }

  #forEach(notify: (observer: AnyObserver) => void): void {
    for (const observers of this.#observers.values()) observers.forEach(notify);
  }
}
