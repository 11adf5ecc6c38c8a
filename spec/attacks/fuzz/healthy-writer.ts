import { OPEN_ACL } from '../../../lib/core/open-acl.js';
import { createRequest, deleteRequest, setDataRequest } from '../../../lib/protocol/requests.js';
import type { Stage } from './stage.js';

const FIRST = ['/a', '/b', '/dir', '/group', '/own', '/tree', '/tree/leaf', '/foreign'];

/** Another client, whose server nobody disturbs. */
export class HealthyWriter {
  readonly #stage: Stage;
  #rounds = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
    for (const path of FIRST) this.#create(path);
  }

  /** Changes what is watched, here and there or everywhere. */
  change(everything: boolean): void {
    const { random } = this.#stage;
    this.#rounds += 1;
    const changes = [
      () => this.#set('/a'),
      () => this.#set('/b'),
      () => this.#toggle('/gone'),
      () => this.#toggle('/gone/child'),
      () => this.#create(`/dir/d${this.#rounds}`),
      () => this.#create(`/group/g${this.#rounds}`),
      () => this.#toggle('/dir/there'),
      () => this.#create(`/b/b${this.#rounds}`),
    ];
    for (const change of changes) if (everything || random.chance(0.6)) change();
  }

  #set(path: string): void {
    this.#stage.write(setDataRequest(path, Buffer.from(`value ${this.#rounds}`), -1));
  }

  #create(path: string): void {
    this.#stage.write(createRequest(path, Buffer.from(`new ${this.#rounds}`), OPEN_ACL, 'persistent'));
  }

  #toggle(path: string): void {
    const { tree } = this.#stage.server.database;
    if (!tree.get(path)) return this.#create(path);
    for (const child of tree.get(path)?.children ?? []) this.#stage.write(deleteRequest(`${path}/${child}`, -1));
    this.#stage.write(deleteRequest(path, -1));
  }
}
