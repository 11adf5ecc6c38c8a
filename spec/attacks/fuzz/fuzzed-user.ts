import type { Watcher } from '../../../lib/core/coordination-client.js';
import { ZooKeeperClient } from '../../../lib/zookeeper/client.js';
import { type FuzzRig, TIMEOUT } from './fuzz-rig.js';
import { FuzzedPatience } from './fuzzed-patience.js';
import { FuzzedWatch, type WatchPlan } from './fuzzed-watch.js';
import { FuzzedWatcher } from './fuzzed-watcher.js';

/** Addresses of the stage: both lead to its server. */
const SERVERS = '10.0.0.1:2181,10.0.0.2:2181';
const OPEN = [{ perms: 31, scheme: 'world', id: 'anyone' }];
/** The pause before the next connect() after one that was rejected, in ms. */
const PAUSE = 100;

const PLANS: readonly WatchPlan[] = [
  { path: '/a', aspect: 'data', waitForNode: true },
  { path: '/gone', aspect: 'data', waitForNode: true },
  { path: '/dir', aspect: 'children', waitForNode: true },
  { path: '/gone', aspect: 'children', waitForNode: true },
  { path: '/group', aspect: 'children', waitForNode: false },
];

/** A client with watches of every kind, and a user who reads and writes by it. */
export class FuzzedUser {
  readonly client: ZooKeeperClient;
  readonly #rig: FuzzRig;
  readonly #watches: FuzzedWatch[] = [];
  readonly #brief: FuzzedWatch[] = [];
  readonly #watchers: FuzzedWatcher[] = [];
  readonly #patience: FuzzedPatience;
  #rounds = 0;
  #epoch = 0;

  constructor(rig: FuzzRig) {
    this.#rig = rig;
    this.client = new ZooKeeperClient(SERVERS, {
      sessionTimeout: TIMEOUT,
      auth: [{ scheme: 'digest', auth: 'user:secret' }],
      logger: rig.logger,
    });
    this.client.on('state', (state) => {
      rig.stateChanged(state);
      if (state === 'connected') this.#checkEpoch();
    });
    rig.stage.server.onCommit = () => {
      for (const watch of [...this.#watches, ...this.#brief]) watch.note();
    };
    this.#connect();
    for (const plan of PLANS) this.#watches.push(new FuzzedWatch(rig, this.client, plan));
    this.#patience = new FuzzedPatience(rig, this.client, '/group');
  }

  /** Reads, writes, and makes and stops a watch: every operation of the client at least once. */
  act(): void {
    const { client } = this;
    const round = this.#rounds;
    this.#rounds += 1;
    this.#read('exists /gone', '/gone', (watcher) => client.exists('/gone', watcher));
    this.#read('exists /a', '/a', (watcher) => client.exists('/a', watcher));
    this.#read('getData /b', '/b', (watcher) => client.getData('/b', watcher));
    this.#read('getChildren /dir', '/dir', (watcher) => client.getChildren('/dir', watcher));
    this.#do('getAcl /a', client.getAcl('/a'));
    this.#do('setAcl /own', client.setAcl('/own', OPEN));
    this.#do('setData /own', client.setData('/own', `own ${round}`));
    this.#do('create /own/x', client.create(`/own/x${round}`, 'x'));
    this.#do('create container', client.create(`/own/box${round}`, '', { mode: 'container' }));
    this.#do('sync', client.sync('/a'));
    this.#do('transaction', this.#transaction(round).commit());
    this.#do('failing transaction', client.transaction().setData('/own', '').check('/own', 999_999).commit());
    this.#do('delete /own/x', client.delete(`/own/x${round}`));
    this.#do('delete nothing', client.delete('/nothing'));
    if (round === 1) client.addAuth('digest', 'other:secret');
    if (round === 2) this.#do('deleteRecursive /tree', client.deleteRecursive('/tree'));
    if (round === 1) this.#do('ensurePath /own/deep/er', client.ensurePath('/own/deep/er'));
    for (const watch of this.#brief.splice(0)) watch.stop();
    for (const aspect of ['data', 'children'] as const) {
      this.#brief.push(new FuzzedWatch(this.#rig, client, { path: '/b', aspect, waitForNode: true }));
    }
  }

  /** Each watch has the truth. */
  checkWatches(): void {
    for (const watch of [...this.#watches, ...this.#brief]) watch.checkAtRest();
    this.#patience.checkAtRest();
  }

  /** Each znode has changed since. */
  checkWatchers(): void {
    for (const watcher of this.#watchers) watcher.checkCalled();
  }

  close(): void {
    for (const watch of [...this.#watches, ...this.#brief]) watch.clientClosing();
    this.#do('close', this.client.close());
  }

  #checkEpoch(): void {
    if (this.client.epoch === this.#epoch) return;
    this.#epoch = this.client.epoch;
    for (const watch of [...this.#watches, ...this.#brief]) watch.setBack();
  }

  #connect(): void {
    const { clock } = this.#rig.stage;
    this.#rig.await('connect()', this.client.connect(), (_, error) => {
      if (error && this.client.state === 'latent') clock.atClient(PAUSE, () => this.#connect());
    });
  }

  #transaction(round: number) {
    return this.client
      .transaction()
      .create(`/own/t${round}`)
      .setData('/own', `by transaction ${round}`)
      .check('/own', -1)
      .delete(`/own/t${round}`);
  }

  #read(label: string, path: string, read: (watcher: Watcher) => Promise<unknown>): void {
    const watcher = new FuzzedWatcher(this.#rig, path, label);
    this.#watchers.push(watcher);
    this.#rig.await(label, read(watcher.function), (_, error) => {
      if (error === undefined) watcher.armed();
    });
  }

  #do(label: string, promise: Promise<unknown>): void {
    this.#rig.await(label, promise);
  }
}
