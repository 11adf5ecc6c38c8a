import type { Checkpoint } from '../../../recipes/changes/index.js';
import { TreeWatch } from '../../../recipes/tree/index.js';
import { type AuditedNode, TreeAudit } from '../../oracle/tree-audit.js';
import type { ObservedClient } from './observed-client.js';
import { NAMES, PATHS } from './outside-world.js';
import type { Rig } from './rig.js';

/** The paths below which something may be. */
export const TREE_ROOTS = [...PATHS, '/'];
const ALL_PATHS = PATHS.flatMap((path) => [path, ...NAMES.map((name) => `${path}/${name}`)]);

/** Where a watch of a tree ended: enough for the next one to go on from. */
export interface TreeEnd {
  readonly root: string;
  readonly checkpoint: Checkpoint;
  /** The znodes by all changes whose calls have settled. */
  readonly settled: ReadonlyMap<string, AuditedNode>;
}

/** All paths of a scenario that a tree can contain. */
export function pathsBelow(root: string): string[] {
  return ALL_PATHS.filter((path) => isWithin(path, root));
}

/** The znodes of a tree, as the ensemble has them. */
export function znodesBelow({ ensemble }: Rig, root: string): Map<string, AuditedNode> {
  const nodes = new Map<string, AuditedNode>();
  for (const [path, { czxid, mzxid, data }] of ensemble.truth.tree.entries()) {
    if (isWithin(path, root)) nodes.set(path, { czxid, mzxid, data: data?.toString('latin1') ?? '' });
  }
  return nodes;
}

function isWithin(path: string, root: string): boolean {
  return root === '/' || path === root || path.startsWith(`${root}/`);
}

/** A TreeWatch whose user behaves in every way. Its calls and its positions are compared with the history. */
export class ObservedTree {
  readonly root: string;
  readonly #rig: Rig;
  readonly #client: ObservedClient;
  readonly #label: string;
  readonly #audit: TreeAudit;
  readonly #watch: TreeWatch;
  #settled: ReadonlyMap<string, AuditedNode>;
  #isRunning = false;
  #isOver = false;
  #calls = 0;

  /** @param from the end of another watch, from which this one goes on */
  constructor(rig: Rig, client: ObservedClient, root: string, label: string, from?: TreeEnd) {
    this.#rig = rig;
    this.#client = client;
    this.root = root;
    this.#label = `${label} of the tree ${root}`;
    this.#settled = from?.settled ?? new Map();
    this.#audit = new TreeAudit(root, this.#settled);
    const options = from ? { since: from.checkpoint } : {};
    this.#trace(() => (from ? `goes on from ${from.checkpoint.position}` : 'is made'));
    this.#watch = new TreeWatch(
      client.client,
      root,
      (tree, changes) => {
        this.#called();
        this.#trace(() => `is called with ${changes.map(({ type, path }) => `${type} ${path}`).join(', ')}`);
        this.#audit.see(tree, changes);
        for (const violation of this.#audit.violations.splice(0)) this.#rig.fail(`${this.#label}: ${violation}`);
        return this.#behave();
      },
      options,
    );
    this.#watch.on('error', () => {});
    this.#watch.on('stop', (reason) => {
      this.#trace(() => `stops: ${reason}`);
      const isRight = this.#isOver || reason === 'client-closed';
      rig.require(isRight, () => `${this.#label} stops: ${reason}`, 'stop-has-cause');
      this.#isOver = true;
    });
    rig.await(`ready: ${this.#label}`, this.#watch.ready, (_, error) => {
      const isRight = error !== undefined || this.#calls > 0;
      rig.require(isRight, () => `${this.#label} is ready before its first call`, 'first-call');
    });
    rig.tally.watches += 1;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  stop(): TreeEnd {
    this.#isOver = true;
    this.#checkPosition();
    const checkpoint = this.#watch.checkpoint();
    this.#watch.stop();
    this.#trace(() => `is stopped at ${checkpoint.position}`);
    return { root: this.root, checkpoint, settled: this.#settled };
  }

  /** The client is about to be closed. */
  clientClosing(): void {
    this.#isOver = true;
  }

  /** Compares the position with the history. */
  checkPosition(): void {
    if (!this.#isOver) this.#checkPosition();
  }

  /** Every change was long ago. */
  checkAtRest(): void {
    if (this.#isOver) return;
    this.#checkPosition();
    this.#audit.expectEqual(znodesBelow(this.#rig, this.root), 'the ensemble');
    for (const violation of this.#audit.violations.splice(0)) {
      this.#rig.fail(`${this.#label}: ${violation}`, 'last-change');
    }
    const { status } = this.#watch;
    this.#rig.require(status === 'fresh', () => `${this.#label} is ${status} at rest`);
  }

  #called(): void {
    const { client } = this.#client;
    this.#calls += 1;
    this.#rig.delivered();
    const fail = (isSo: boolean, what: string, rule: 'stop-is-final' | 'one-at-a-time' | 'own-turn') =>
      this.#rig.require(!isSo, () => `${this.#label} ${what}`, rule);
    fail(client.state === 'closed' || this.#isOver, 'is called after its end', 'stop-is-final');
    fail(this.#isRunning, 'is called during a call', 'one-at-a-time');
    fail(this.#rig.clock.isRunning, 'is called inside a callback', 'own-turn');
  }

  /** Every change up to the position is part of the tree. */
  #checkPosition(): void {
    const { position } = this.#watch;
    const { history } = this.#rig;
    for (const path of pathsBelow(this.root)) {
      const then = history.at(path, position);
      const known = this.#settled.get(path);
      const isRight = then
        ? (known?.mzxid ?? -1n) >= then.mzxid || (!known && history.wasMissingAfter(path, position))
        : !known || known.czxid > position;
      const text = () => `${this.#label} is at ${position}, with ${path} of ${known?.mzxid} and not ${then?.mzxid}`;
      this.#rig.require(isRight, text, 'real-state');
    }
  }

  #behave(): unknown {
    const { random, clock, isCalm } = this.#rig;
    const wild = isCalm ? 0 : 1;
    const how = random.weighted({ nothing: 70, resolved: 10, slow: 15 * wild, throws: 5 * wild });
    this.#isRunning = true;
    if (how === 'resolved') return Promise.resolve().finally(() => this.#settles());
    if (how === 'slow') {
      return new Promise((resolve) => clock.atClient(random.between(0, 600), () => resolve(undefined))).finally(() =>
        this.#settles(),
      );
    }
    this.#settles();
    if (how === 'throws') throw new Error('thrown by a user');
    return undefined;
  }

  #settles(): void {
    this.#isRunning = false;
    this.#settled = new Map(this.#audit.copy);
  }

  #trace(line: () => string): void {
    this.#rig.trace(() => `${this.#label} ${line()}`);
  }
}
