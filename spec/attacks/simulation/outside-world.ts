import { OPEN_ACL } from '../../../lib/core/open-acl.js';
import { createRequest, deleteRequest, multiRequest, setDataRequest } from '../../../lib/protocol/requests.js';
import { ServerCode } from '../../../lib/protocol/server-code.js';
import type { Rig } from './rig.js';

export const PATHS = ['/a', '/b', '/c'];
export const NAMES = ['x', 'y', 'z'];

/** Other clients of the same ensemble, free of faults: they change the watched znodes. */
export class OutsideWorld {
  readonly #rig: Rig;

  constructor(rig: Rig) {
    this.#rig = rig;
    for (const path of PATHS.slice(1)) this.#create(path);
  }

  /** Makes some changes at once. */
  change(): void {
    const { random } = this.#rig;
    for (let count = random.pick([1, 1, 1, 2, 5]); count > 0; count -= 1) this.#changeOne(random.pick(PATHS));
  }

  /** Changes the data and the children of each path, and the data of one child. */
  changeEverything(): void {
    const { random } = this.#rig;
    for (const path of PATHS) {
      if (this.#create(path) === ServerCode.NODE_EXISTS) this.#set(path);
      for (const name of NAMES) {
        const child = `${path}/${name}`;
        if (this.#create(child) === ServerCode.NODE_EXISTS && random.chance(0.5)) this.#set(child);
      }
      const child = `${path}/${random.pick(NAMES)}`;
      this.#recreate(child);
    }
  }

  #changeOne(path: string): void {
    const { random } = this.#rig;
    const child = `${path}/${random.pick(NAMES)}`;
    switch (
      random.weighted({
        set: 5,
        setChild: 2,
        create: 4,
        delete: 3,
        recreate: 2,
        deleteAll: 2,
        recreateAll: 1,
        ephemeral: 2,
      })
    ) {
      case 'set':
        return void this.#set(path);
      case 'setChild':
        return void this.#set(child);
      case 'create':
        this.#create(path);
        return void this.#create(child);
      case 'delete':
        return this.#delete(child);
      case 'recreate':
        return this.#recreate(child);
      case 'deleteAll':
        return this.#deleteAll(path);
      case 'recreateAll':
        this.#deleteAll(path);
        return void this.#create(path);
      case 'ephemeral':
        return this.#createEphemeral(child);
    }
  }

  #create(path: string): number {
    return this.#make(createRequest(path, this.#newData(), OPEN_ACL, 'persistent'));
  }

  #set(path: string): number {
    return this.#make(setDataRequest(path, this.#newData(), -1));
  }

  #delete(path: string): void {
    this.#make(deleteRequest(path, -1));
  }

  /** Deletes and creates in one transaction: no client can see the znode missing. */
  #recreate(path: string): void {
    const data = this.#newData();
    this.#make(
      multiRequest([
        { type: 'delete', path, version: -1 },
        { type: 'create', path, data, acl: OPEN_ACL, mode: 'persistent' },
      ]),
    );
  }

  #deleteAll(path: string): void {
    for (const name of NAMES) this.#delete(`${path}/${name}`);
    this.#delete(path);
  }

  /** Creates an ephemeral znode whose session expires soon. */
  #createEphemeral(path: string): void {
    const { ensemble, random } = this.#rig;
    const { id } = ensemble.createSession(random.between(200, 3_000));
    this.#make(createRequest(path, this.#newData(), OPEN_ACL, 'ephemeral'), id);
  }

  #make(wire: Parameters<Rig['ensemble']['changeFromOutside']>[0], sessionId?: bigint): number {
    const error = this.#rig.ensemble.changeFromOutside(wire, sessionId);
    this.#rig.trace(() => `somebody: ${wire.name}, ${error === 0 ? 'done' : `error ${error}`}`);
    if (error === 0) this.#rig.tally.changes += 1;
    return error;
  }

  #newData(): Buffer {
    return Buffer.from(this.#rig.newData());
  }
}
