import { captureContext } from '../../lib/core/call-context.js';
import type { CoordinationClient } from '../../lib/core/coordination-client.js';
import { NotSubscribedError, WatchInUseError, WatchStoppedError } from '../../lib/core/errors.js';
import { GuardedEmitter } from '../../lib/core/guarded-emitter.js';
import { validateOptions } from '../../lib/core/validation.js';
import { watchCountsOf } from '../../lib/core/watch-counts.js';
import { type ChangeFilter, type Checkpoint, CompiledFilter, type TreeChange } from '../changes/index.js';
import {
  Readiness,
  type StopReason,
  WATCH_EVENTS,
  type Watch,
  type WatchEvents,
  WatchIterator,
} from '../delivering/index.js';
import { reportsOf } from '../observing/index.js';
import { TreeController, type TreeSnapshot, validateSince } from '../tree/index.js';
import { Backlog, type SubscribedFilter, selects } from './backlog.js';
import { HandOut, type HandOutOwner } from './hand-out.js';
import type { ChangeFunction, SubscribeOptions, Subscription, Transport } from './types.js';

/** A subscription that learns of changes by a watch of the tree. */
export class TreeSubscription extends GuardedEmitter<WatchEvents> implements Subscription, HandOutOwner {
  readonly path: string;
  readonly context = captureContext();
  readonly closed: Promise<StopReason>;
  readonly #client: CoordinationClient;
  readonly #watch: Watch;
  readonly #controller: TreeController;
  readonly #readiness = new Readiness();
  readonly #func: ChangeFunction;
  readonly #iterator: WatchIterator<TreeChange> | undefined;
  #filters: SubscribedFilter[];
  #isIterated = false;
  /** Backlogs that are still to be handed out. */
  #backlogs: Backlog[] = [];
  /** The changes of a call of the watch that are being handed out. */
  #handOut: HandOut | undefined;
  /** The tree of the call that has begun last. */
  #tree: TreeSnapshot | undefined;
  /** Settles when nothing is being handed out. */
  #handingOut: Promise<void> = Promise.resolve();

  /** The arguments are valid. @param func `null` for a loop */
  constructor(
    client: CoordinationClient,
    path: string,
    filters: readonly CompiledFilter[],
    func: ChangeFunction | null,
    { since, data = true, signal, maxIdleTimeout = Infinity }: SubscribeOptions,
  ) {
    super();
    this.path = path;
    this.#client = client;
    this.#filters = filters.map((filter) => ({ filter, isFirst: true, after: undefined }));
    let onClosed: (reason: StopReason) => void = () => {};
    this.closed = new Promise((resolve) => {
      onClosed = resolve;
    });
    const emit = (event: keyof WatchEvents, argument?: unknown): boolean => {
      if (event === 'stop') onClosed(argument as StopReason);
      return this.emit(event, argument as never);
    };
    this.#watch = { path, emit };
    const selection = { path, hasData: data, depth: Infinity, ignore: undefined, since, signal, maxIdleTimeout };
    this.#controller = new TreeController(this.#watch, client, {
      ...selection,
      kind: 'subscription',
      first: 'none',
      isStirredByCalls: false,
    });
    if (func) {
      this.#func = func;
      this.#controller.claim((tree, changes) => this.#called(tree as TreeSnapshot, changes));
    } else {
      let onIterated: () => void = () => {};
      const iterated = new Promise<void>((resolve) => {
        onIterated = resolve;
      });
      const iterator = new WatchIterator<TreeChange>({
        begin: () => onIterated(),
        stopByUser: () => this.#controller.stopByUser(),
      });
      this.#iterator = iterator;
      this.#func = (change) => iterated.then(() => (this.isOver ? undefined : iterator.deliver(change)));
      this.#controller.claim((tree, changes) => this.#called(tree as TreeSnapshot, changes), {
        onEnd: (end) => {
          onIterated();
          iterator.ended(end);
        },
      });
    }
    this.#controller.ready.then(
      () => this.#readiness.resolve(),
      (error: unknown) => this.#readiness.reject(error),
    );
    this.#controller.begin();
  }

  get ready(): Promise<void> {
    return this.#readiness.promise;
  }

  get transport(): Transport | null {
    return this.#controller.mode === null ? null : 'watch';
  }

  get position(): bigint {
    const settled = this.#controller.position;
    if (!this.#handOut || !this.#tree) return settled;
    let { position } = this.#tree;
    const done = this.#handOut.position;
    if (done !== undefined && done < position) position = done;
    if (settled > position) return settled;
    return position;
  }

  get complete(): boolean {
    return this.#controller.isComplete;
  }

  checkpoint(): Checkpoint {
    return this.#controller.toCheckpoint(this.position, this.#handOut?.done);
  }

  async subscribe(filter: ChangeFilter, options?: { since?: bigint | undefined }): Promise<void> {
    const compiled = new CompiledFilter('filter', filter);
    validateOptions('options', options, ['since']);
    validateSince(options?.since);
    if (this.isOver) throw new WatchStoppedError(`the subscription to ${this.path} is closed`, { path: this.path });
    const subscribed = { filter: compiled, isFirst: false, after: options?.since ?? this.#tree?.position };
    if (options?.since !== undefined) {
      this.#backlogs.push(new Backlog(subscribed, this.#filters));
      if (this.#tree) void this.#exclusively(() => this.#handOutBacklogs());
    }
    this.#filters.push(subscribed);
  }

  async unsubscribe(filter: ChangeFilter): Promise<void> {
    const { key } = new CompiledFilter('filter', filter);
    const index = this.#filters.findIndex((each) => each.filter.key === key);
    const [removed] = index === -1 ? [] : this.#filters.splice(index, 1);
    if (!removed)
      throw new NotSubscribedError(`the subscription to ${this.path} has no such filter`, { path: this.path });
    this.#backlogs = this.#backlogs.filter(({ subscribed }) => subscribed !== removed);
  }

  close(): Promise<void> {
    this.#controller.stopByUser();
    return this.closed.then(() => {});
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<TreeChange> {
    const { path } = this;
    if (!this.#iterator || this.#isIterated) {
      throw new WatchInUseError(`the subscription to ${path} already has a function or an iterator`, { path });
    }
    this.#isIterated = true;
    return this.#iterator;
  }

  // The owner of the changes that are handed out.

  get isOver(): boolean {
    return this.#controller.isOver;
  }

  calling({ path }: TreeChange): void {
    for (const backlog of this.#backlogs) backlog.handedOut(path);
    watchCountsOf(this.#client).subscription.calls += 1;
    reportsOf(this.#client).calls.begin(this.#watch);
    this.#controller.stir();
  }

  settled(result: unknown): void {
    reportsOf(this.#client).calls.end(this.#watch);
    if (result === false) this.#controller.stop('returned-false');
  }

  threw(error: unknown): void {
    watchCountsOf(this.#client).subscription.failedCalls += 1;
    reportsOf(this.#client).calls.end(this.#watch);
    if (!this.emit('error', error)) this.#controller.reportThrown(error, 'the function');
  }

  /** @internal */
  protected override reportListenerError(error: unknown): void {
    this.#controller.reportThrown(error, 'a listener');
  }

  /** @internal */
  protected override get knownEvents(): readonly string[] {
    return WATCH_EVENTS;
  }

  /** The watch calls with changes. */
  #called(tree: TreeSnapshot, changes: readonly TreeChange[]): Promise<void> {
    const isFirst = this.#tree === undefined;
    if (isFirst) this.#started(tree);
    this.#tree = tree;
    const isSelected = (change: TreeChange): boolean =>
      this.#filters.some((each) => (isFirst && !each.isFirst ? selects(each, change) : each.filter.matches(change)));
    const handOut = new HandOut(this, changes, isSelected);
    this.#handOut = handOut;
    return this.#exclusively(async () => {
      await handOut.run(this.#func);
      // Cut short: no checkpoint may have the rest of the changes.
      if (handOut.position !== undefined) this.#controller.abandonCall();
      else this.#handOut = undefined;
      if (isFirst && !this.isOver) await this.#handOutBacklogs();
    });
  }

  /** Changes up to the first tree are no news to the filters, unless there is another moment since which they count. */
  #started(tree: TreeSnapshot): void {
    // A loop may begin after this, whatever there is to be handed out.
    if (this.#iterator) this.#readiness.resolve();
    const first = this.#controller.firstAfter(tree);
    for (const each of this.#filters) each.after ??= each.isFirst ? first : tree.position;
  }

  async #handOutBacklogs(): Promise<void> {
    for (let backlog = this.#backlogs[0]; backlog && this.#tree && !this.isOver; backlog = this.#backlogs[0]) {
      const changes = await backlog.changes(this.#tree);
      const { filter } = backlog.subscribed;
      const isSubscribed = (): boolean => this.#backlogs[0] === backlog;
      await new HandOut(this, changes, (change) => isSubscribed() && filter.matches(change)).run(this.#func);
      if (isSubscribed()) this.#backlogs.shift();
    }
  }

  /** Hands out one after the other. */
  #exclusively(work: () => Promise<void>): Promise<void> {
    this.#handingOut = this.#handingOut.then(work);
    return this.#handingOut;
  }
}
