import type { Stat } from '../../lib/core/coordination-client.js';
import { FrozenStat } from '../../lib/core/frozen-stat.js';
import type { TreeNode } from '../changes/index.js';

/** A znode as a gateway has sent it. */
export class RemoteNode implements TreeNode {
  readonly path: string;
  readonly stat: Stat;
  readonly #base64: string | null;

  /** @param base64 its data; `null` when the gateway may not read it */
  constructor(path: string, stat: Stat, base64: string | null) {
    this.path = path;
    this.stat = FrozenStat.of(stat);
    this.#base64 = base64;
    Object.freeze(this);
  }

  /** A copy. In a browser it is a Uint8Array with the methods of one only. */
  get data(): Buffer | null {
    return this.#base64 === null ? null : (decode(this.#base64) as Buffer);
  }

  get unreadable(): boolean {
    return this.#base64 === null;
  }
}

function decode(base64: string): Uint8Array {
  if (typeof globalThis.Buffer === 'function') return globalThis.Buffer.from(base64, 'base64');
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
