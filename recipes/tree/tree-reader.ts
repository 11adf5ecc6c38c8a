import type { CoordinationClient, WatchedEvent } from '../../lib/core/coordination-client.js';
import { Position } from '../changes/index.js';
import type { Pace } from '../observing/index.js';
import { DirtySet } from './dirty-set.js';
import type { KnownNode } from './known-node.js';
import { PARTS } from './reading.js';
import { type Reported, Rounds, type RoundsOwner } from './rounds.js';
import type { Scope } from './scope.js';
import { TreeModel } from './tree-model.js';
import { type SourceOwner, type TreeMode, TreeSource } from './tree-source.js';
import { type Finding, Trust } from './trust.js';

/** The model is up to date: all that was dirty when its last round began was read. */
export interface Update {
  /** Everything up to this zxid is part of the model. */
  readonly position: bigint;
  readonly epoch: number | undefined;
  /** The newest zxid that the server has reported. */
  readonly newestZxid: bigint;
  /** Whether nothing became dirty meanwhile. */
  readonly isClean: boolean;
}

/** The owner of a reader. All methods are called synchronously, and may stop it. */
export interface ReaderOwner {
  /** Whether somebody can take a new state now. */
  mayRead(): boolean;
  /** Resolves with a function that is called once the reader is current, if nothing became dirty meanwhile. */
  updated(update: Update): Promise<() => void>;
  /** Reads have failed, and will be tried again. */
  failed(error: unknown, pace: Pace): void;
  unreadable(path: string, error: unknown): void;
  /** Changes were found that the server had not reported. */
  found(finding: Finding): void;
  /** The connection has ended. */
  interrupted(): void;
  /** `isCurrent` may have changed. */
  currencyChanged(): void;
  ended(reason: 'client-closed' | 'error', error?: unknown): void;
}

/** Keeps the model of a tree up to date: listens to the server, and reads in rounds what may have changed. */
export class TreeReader implements SourceOwner, RoundsOwner {
  readonly model: TreeModel;
  readonly #client: CoordinationClient;
  readonly #root: string;
  readonly #owner: ReaderOwner;
  readonly #source: TreeSource;
  readonly #rounds: Rounds;
  readonly #dirty = new DirtySet();
  readonly #trust = new Trust();
  /** Of the model after the last round. */
  readonly #position = new Position();
  /** From which on a server has to report changes: during the first round, those of the znodes read so far. */
  readonly #reportedFrom = new Position();
  #roundPosition = 0n;
  #epoch: number | undefined;
  /** Whether changes that happen now are reported. */
  #isListening = false;
  #recheckFrom: string;

  constructor(client: CoordinationClient, scope: Scope, hasData: boolean, owner: ReaderOwner) {
    this.#client = client;
    this.#root = scope.root;
    this.#owner = owner;
    this.#epoch = client.epoch;
    this.#recheckFrom = scope.root;
    this.model = new TreeModel(scope);
    this.#source = new TreeSource(client, scope, hasData, this);
    const parts = { client, scope, model: this.model, dirty: this.#dirty, source: this.#source };
    this.#rounds = new Rounds(parts, this);
  }

  get mode(): TreeMode | null {
    return this.#source.mode;
  }

  /** Whether a change of the model would have been read by now. */
  get isCurrent(): boolean {
    return this.#isSettled && this.#source.isArmed;
  }

  /** The zxid up to which every change is part of the model. */
  get position(): bigint {
    if (this.#isSettled) this.#position.moveTo(this.#newestZxid, this.#epoch);
    return this.#position.zxid;
  }

  get reportedFrom(): bigint {
    if (this.#isSettled) this.#reportedFrom.moveTo(this.#newestZxid, this.#epoch);
    return this.#reportedFrom.zxid;
  }

  start(): void {
    this.refresh([this.#root]);
    this.#source.start();
  }

  stop(): void {
    this.#rounds.stop();
    this.#source.stop();
  }

  /** Reads as soon as somebody can take the state. */
  schedule(): void {
    this.#rounds.schedule();
  }

  /** Reads znodes again. */
  refresh(paths: Iterable<string>): void {
    for (const path of paths) this.#dirty.add({ path, parts: PARTS.all });
    this.#owner.currencyChanged();
    this.schedule();
  }

  /** Reads some znodes again that nothing was reported about. */
  recheck(count: number): void {
    if (!this.#owner.mayRead()) return;
    const paths = this.#nextToRecheck(count);
    if (this.isCurrent && this.mode === 'recursive') this.#trust.startRecheck(paths);
    this.refresh(paths);
  }

  /** The client is connected. */
  connected(): void {
    if (this.mode !== 'one-shot') return;
    // A client may come from `read-only` without a state in between.
    this.interrupted();
    // A client without an epoch promises nothing about its watches.
    this.armed(this.#client.epoch !== undefined);
  }

  /** One-shot watches take the place of the recursive one, which does not report everything. */
  distrust(): void {
    this.#source.distrust();
  }

  /** The recursive watch is armed again, as it seems to be gone. */
  renew(): void {
    this.#source.renew();
  }

  // The owner of the source.

  known(): Iterable<KnownNode> {
    return this.model.snapshot();
  }

  get(path: string): KnownNode | undefined {
    return this.model.get(path);
  }

  changed(event: WatchedEvent): void {
    const isRecursive = this.mode === 'recursive';
    this.#trust.reported(event.path);
    if (isRecursive && event.path === this.#root && this.isCurrent) this.#trust.rootReported(this.get(this.#root));
    this.#dirty.addEvent(event, isRecursive ? this.#root : null);
    this.#rounds.eventCame();
    this.#owner.currencyChanged();
    this.schedule();
  }

  armed(isComplete: boolean): void {
    this.#isListening = true;
    const isNewEpoch = this.#client.epoch !== this.#epoch;
    this.#epoch = this.#client.epoch;
    if (isNewEpoch) {
      this.model.startEpochChange();
      this.#reportedFrom.moveTo(0n, this.#epoch);
    }
    if (isNewEpoch || !isComplete) this.#dirty.isAll = true;
    if (!this.get(this.#root)) this.#dirty.add({ path: this.#root, parts: PARTS.all });
    this.#owner.currencyChanged();
    this.#rounds.resume();
  }

  interrupted(): void {
    if (!this.#isListening) return;
    // Latches them: the zxids of the next connection may be those of changes that are not reported yet.
    void [this.position, this.reportedFrom];
    this.#isListening = false;
    this.#rounds.outdate();
    this.#trust.reset();
    this.#owner.interrupted();
  }

  // The owner of the rounds.

  mayRead(): boolean {
    return this.#owner.mayRead();
  }

  roundBegins(): void {
    this.#roundPosition = this.#newestZxid;
    if (this.model.isEmpty) this.#reportedFrom.moveTo(this.#roundPosition, this.#epoch);
  }

  async roundEnded(reported: Reported): Promise<() => void> {
    if (this.#trust.mustCheck(this.get(this.#root), this.model.hasNews)) {
      this.#dirty.isAll = true;
      return () => {};
    }
    const finding = this.#trust.judge(this.model.changedZxids(), (path) => reported.has(path) || this.#dirty.has(path));
    this.model.endEpochChange();
    const isClean = this.#dirty.isEmpty;
    const newestZxid = this.#newestZxid;
    const position = isClean ? newestZxid : this.#roundPosition;
    this.#position.moveTo(position, this.#epoch);
    this.#reportedFrom.moveTo(position, this.#epoch);
    const publish = await this.#owner.updated({ position, epoch: this.#epoch, newestZxid, isClean });
    this.#dirty.forgetDeletions();
    return () => {
      publish();
      if (finding) this.#owner.found(finding);
    };
  }

  failed(error: unknown, pace: Pace): void {
    this.#owner.failed(error, pace);
  }

  unreadable(path: string, error: unknown): void {
    this.#owner.unreadable(path, error);
  }

  becameIdle(): void {
    this.#owner.currencyChanged();
  }

  ended(reason: 'client-closed' | 'error', error?: unknown): void {
    this.#owner.ended(reason, error);
  }

  #nextToRecheck(count: number): string[] {
    const paths = this.get(this.#root) ? [] : [this.#root];
    for (const { path } of this.model.snapshot().from(this.#recheckFrom)) {
      this.#recheckFrom = path;
      if (paths.length >= count) return paths;
      paths.push(path);
    }
    this.#recheckFrom = this.#root;
    return paths;
  }

  /** Whether the model has every change that was reported. */
  get #isSettled(): boolean {
    // A server without a quorum cannot know of later changes.
    const isListening = this.#isListening && this.#client.state !== 'read-only';
    return this.#rounds.isIdle && this.#dirty.isEmpty && isListening;
  }

  get #newestZxid(): bigint {
    return this.#client.lastZxid ?? this.model.newestZxid;
  }
}
