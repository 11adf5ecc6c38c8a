import type { CoordinationClient, WatchedEvent } from '../../lib/core/coordination-client.js';
import { NoNodeError, SessionExpiredError } from '../../lib/core/errors.js';
import { frozenEvent } from '../../lib/core/frozen-event.js';
import { type Observation, type Watch, WatchController } from '../delivering/index.js';
import { type Aspect, type NodeState, observe, type Subscriber } from '../observing/index.js';
import type { WatchConfig } from './watch-types.js';

/** The event of the latest call: all watches of a path share it. */
let latest = frozenEvent('NodeCreated', '/');

/** Controls a watch of one aspect of a znode: turns the states of the aspect into calls of a function. */
export class AspectController<S extends NodeState, F> extends WatchController<S, F> implements Subscriber<S> {
  readonly #config: WatchConfig<S, F>;

  constructor(watch: Watch, client: CoordinationClient, config: WatchConfig<S, F>, signal: AbortSignal | undefined) {
    super(watch, client);
    this.#config = config;
    this.stopWith(signal);
  }

  get waitsForNode(): boolean {
    return this.#config.waitsForNode;
  }

  observed(state: S): void {
    if (state.stat || this.#config.waitsForNode) return this.offer(state);
    const { path } = this.watch;
    this.stop('no-node', () => new NoNodeError(`there is no znode ${path} to watch`, { path }));
  }

  sessionLost(): void {
    if (this.#config.outlivesSession) return;
    this.stop(
      'session-lost',
      () => new SessionExpiredError('the session was lost, and the watch was not to outlive it'),
    );
  }

  protected override get aspect(): Aspect<S>['name'] {
    return this.#config.aspect.name;
  }

  protected override observe(): Observation {
    return observe(this.client, this.#config.aspect, this.watch.path, this);
  }

  protected override isSame(delivered: S, next: S): boolean {
    return delivered.revision === next.revision;
  }

  protected override call(state: S, delivered: S | undefined): unknown {
    const event = state.eventZxid !== null && delivered ? this.#eventBetween(delivered.stat, state) : null;
    const call = this.callOfLoop ?? this.#config.call;
    return this.callFunction(() => call(this.func, state, event, delivered), event, state.stat);
  }

  /** The event that agrees with both states; the server's events between two calls can be several. */
  #eventBetween(before: NodeState['stat'], { stat: now, eventZxid }: S): WatchedEvent {
    const type = now === null ? 'NodeDeleted' : before === null ? 'NodeCreated' : this.#config.changeEvent;
    const { path } = this.watch;
    if (latest.type !== type || latest.path !== path || (latest.zxid ?? 0n) !== eventZxid) {
      latest = frozenEvent(type, path, eventZxid);
    }
    return latest;
  }
}
