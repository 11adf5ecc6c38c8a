import { expect } from 'vitest';
import { NoAuthError } from '../../../lib/core/errors.js';
import { parentOf } from '../../../lib/core/paths.js';
import type { FakeSnapshot } from '../../../testing/fake-tree.js';
import type { FakeTreeClient } from '../../../testing/fake-tree-client.js';
import type { VirtualClock } from '../../../testing/virtual-clock.js';
import type { AuditedNode } from '../../oracle/tree-audit.js';
import { znodesOf } from '../../support/recorded-trees.js';
import {
  type KeptCheckpoint,
  ObservedSubscription,
  type ObservedTree,
  ObservedWatch,
  type TreeOptions,
} from './observed-tree.js';
import type { TreeManner, TreeStep } from './tree-steps.js';

const LONGER_THAN_ANY_RETRY = 120_000;
const LATER = 30;

/** Watches of trees, a service, and a client between the two. Every call is audited. */
export class TreeRig {
  readonly client: FakeTreeClient;
  readonly #clock: VirtualClock;
  readonly #observed: ObservedTree[] = [];
  readonly #violations: string[] = [];
  readonly #refused = new Set<string>();
  /** Whether a znode may not be read: what is below it is unknown, whatever the position says. */
  #isHidden = false;
  /** When each path was deleted last. */
  readonly #deletedAt = new Map<string, bigint>();
  readonly #kept: KeptCheckpoint[] = [];
  #release: (() => void) | null = null;
  #backup: { readonly snapshot: FakeSnapshot; readonly zxid: bigint } | null = null;
  #changes = 0;

  constructor(clock: VirtualClock, client: FakeTreeClient, paths: readonly string[]) {
    this.#clock = clock;
    this.client = client;
    client.readError = (operation, path) =>
      operation.startsWith('get') && this.#refused.has(path)
        ? new NoAuthError(`not for you: ${path}`, { path })
        : undefined;
    for (const path of paths) this.#create(path);
  }

  async do(step: TreeStep): Promise<void> {
    const { client } = this;
    if (step.do === 'pass') await this.#clock.pass(step.ms);
    else if (step.do === 'rest') await this.#rest();
    else if (step.do === 'watch') this.#observed.push(new ObservedWatch(client, step, step.manners));
    else if (step.do === 'subscribe') this.#observed.push(new ObservedSubscription(client, step.root, step.manners));
    else if (step.do === 'resume') this.#resume(this.#kept[step.nth], step.manners);
    else if (step.do === 'checkpoint') this.#keep(this.#observed[step.nth]);
    else if (step.do === 'stop') this.#observed[step.nth]?.stop();
    else if (step.do === 'refuse') this.#refuse(step.path);
    else if (step.do === 'allow') this.#refused.delete(step.path);
    else if (step.do === 'hold') this.#release ??= client.hold();
    else if (step.do === 'release') this.#releaseAnswers();
    else if (step.do === 'ping') client.ping();
    else if (step.do === 'recursive') client.server.hasRecursive = step.isKnown;
    else if (step.do === 'backup') this.#backup = { snapshot: client.tree.snapshot(), zxid: client.tree.zxid };
    else if (step.do === 'restore') this.#restore();
    else if (step.do === 'suspended' || step.do === 'lost') this.#disconnect(step.do);
    else if (step.do === 'connected') this.#connect();
    else if ('path' in step) this.#change(step.do, step.path);
    this.#checkPositions();
  }

  /** Brings everything to rest, and checks that nothing was missed and nothing is left. */
  async finish(): Promise<void> {
    await this.#rest();
    for (const observed of this.#observed) observed.stop();
    await this.#clock.pass(LATER + 1);
    for (const { audit } of this.#observed) this.#violations.push(...audit.violations);
    expect(this.#violations).toEqual([]);
    expect(this.client.watchedRoots).toEqual([]);
    expect(this.client.armedPaths).toEqual([]);
    expect(this.client.listenerCount).toBe(0);
    expect(this.#clock.pendingTimers).toBe(0);
  }

  #refuse(path: string): void {
    this.#refused.add(path);
    this.#isHidden = true;
  }

  #keep(observed: ObservedTree | undefined): void {
    if (observed && observed.epoch === this.client.epoch) this.#kept.push(observed.keep(this.#isHidden));
  }

  #resume(kept: KeptCheckpoint | undefined, manners: readonly TreeManner[]): void {
    if (!kept) return;
    const { options, kind } = kept;
    const { client } = this;
    if (kind === 'watch') this.#observed.push(new ObservedWatch(client, options, manners, kept));
    else this.#observed.push(new ObservedSubscription(client, options.root, manners, kept));
  }

  #create(path: string): void {
    const parent = parentOf(path) as string;
    const { tree } = this.client;
    if (tree.get(path)) return;
    if (!tree.get(parent)) this.#create(parent);
    tree.create(path, `value ${++this.#changes}`);
  }

  #delete(path: string): void {
    const { tree } = this.client;
    for (const name of tree.get(path)?.children ?? []) this.#delete(`${path}/${name}`);
    if (!tree.get(path)) return;
    tree.delete(path);
    this.#deletedAt.set(path, tree.zxid);
  }

  #change(how: 'create' | 'set' | 'delete' | 'replace', path: string): void {
    const { tree } = this.client;
    if (how === 'create') return this.#create(path);
    const node = tree.get(path);
    if (!node) return;
    if (how === 'delete') this.#delete(path);
    else if (how === 'set') tree.set(path, `value ${++this.#changes}`);
    else {
      for (const name of node.children) this.#delete(`${path}/${name}`);
      tree.replace(path, `value ${++this.#changes}`);
    }
  }

  #disconnect(state: 'suspended' | 'lost'): void {
    if (this.client.state === 'connected') this.client.become('suspended');
    if (state === 'lost' && this.client.state === 'suspended') this.client.become('lost');
  }

  #connect(): void {
    if (this.client.state !== 'connected') this.client.become('connected');
  }

  #restore(): void {
    if (!this.#backup || this.client.state !== 'connected') return;
    this.client.restore(this.#backup.snapshot, this.#backup.zxid);
    this.#deletedAt.clear();
    this.#kept.length = 0;
  }

  #releaseAnswers(): void {
    this.#release?.();
    this.#release = null;
  }

  /** Everything up to the position must have been delivered. */
  #checkPositions(): void {
    if (this.#isHidden) return;
    for (const { isStopped, kind, position, settled, options, epoch } of this.#observed) {
      if (isStopped || epoch !== this.client.epoch || position === 0n) continue;
      const fail = (reason: string): void => {
        this.#violations.push(`the position ${position} of the ${kind} of ${options.root} lies: ${reason}`);
      };
      for (const [path, { mzxid }] of this.#within(options)) {
        const known = settled.get(path);
        if (mzxid <= position && known?.mzxid !== mzxid) fail(`${path} was changed at ${mzxid}`);
      }
      for (const path of settled.keys()) {
        const deletedAt = this.#deletedAt.get(path);
        const isGone = deletedAt !== undefined && !this.client.tree.get(path);
        if (isGone && deletedAt <= position) fail(`${path} was deleted at ${deletedAt}`);
      }
    }
  }

  #within({ root, depth, data }: TreeOptions): Map<string, AuditedNode> {
    const depthOf = (path: string): number => path.split('/').filter(Boolean).length;
    const all = [...znodesOf(this.client.tree, root)];
    const within = all.filter(([path]) => depthOf(path) - depthOf(root) <= depth);
    return new Map(within.map(([path, node]) => [path, { ...node, data: data ? node.data : null }]));
  }

  async #rest(): Promise<void> {
    this.#refused.clear();
    this.#disconnect('suspended');
    this.#releaseAnswers();
    this.#connect();
    await this.#clock.pass(LONGER_THAN_ANY_RETRY);
    this.client.ping();
    this.#isHidden = false;
    for (const { isStopped, isFresh, kind, position, audit, options } of this.#observed) {
      if (isStopped) continue;
      audit.expectEqual(this.#within(options), 'the service');
      if (!isFresh) this.#violations.push(`the ${kind} of ${options.root} is stale at rest`);
      if (position === this.client.lastZxid) continue;
      this.#violations.push(`the position of the ${kind} of ${options.root} is ${position} at ${this.client.lastZxid}`);
    }
    this.#checkPositions();
  }
}
