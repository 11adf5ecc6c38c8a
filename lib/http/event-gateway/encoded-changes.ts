import type { TreeNode } from '../../../recipes/changes/index.js';
import { GATEWAY } from './limits.js';

/** The JSON of the newest znodes that were sent: most clients get the same ones at about the same time. */
export class EncodedChanges {
  readonly #texts = new Map<TreeNode, string>();
  #length = 0;

  /** The members `stat` and `data` of a change. */
  of(node: TreeNode): string {
    const known = this.#texts.get(node);
    if (known !== undefined) return known;
    const { stat, data } = node;
    const text = `"stat":${JSON.stringify(stat)},"data":${data ? `"${data.toString('base64')}"` : 'null'}`;
    this.#texts.set(node, text);
    this.#length += text.length;
    for (const [oldest, { length }] of this.#texts) {
      if (this.#length <= GATEWAY.encodedLength) break;
      this.#texts.delete(oldest);
      this.#length -= length;
    }
    return text;
  }
}
