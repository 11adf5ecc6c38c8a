import { invalidSecret, isUint8Array } from '../../lib/core/validation.js';
import { type CheckpointContent, decodeCheckpoint, encodeCheckpoint, type KnownZnodes } from './checkpoint-format.js';

/**
 * A position with the znodes known then: a watch or a subscription that is given one as `since` reports exactly the
 * changes after it, deletions included, in another process too. It has neither data nor metadata of the znodes.
 *
 * @example
 * ```ts
 * import { writeFile } from 'node:fs/promises';
 * import { TreeWatch, ZooKeeperClient } from 'zk-recipes';
 *
 * const client = await new ZooKeeperClient('127.0.0.1:2181').connect();
 * const watch = new TreeWatch(client, '/config', (tree) => console.log(`${tree.size} znodes`));
 * await watch.ready;
 * await writeFile('config.checkpoint', watch.checkpoint().toBytes());
 * ```
 */
export class Checkpoint {
  /** The zxid up to which every change was delivered. */
  readonly position: bigint;
  /** The number of znodes known. */
  readonly size: number;
  readonly #content: CheckpointContent;

  /** Made by `checkpoint()` of a watch or of a subscription, and by {@link Checkpoint.from}. @internal */
  constructor(content: CheckpointContent) {
    this.position = content.position;
    this.size = content.known?.size ?? 0;
    this.#content = content;
  }

  /**
   * Reads a checkpoint that `toBytes()` has written. The bytes are copied.
   *
   * @throws {@link InvalidCheckpointError} for any other bytes, and for bytes that were damaged.
   * @throws {@link InvalidArgumentError} for anything but bytes.
   *
   * @example
   * ```ts
   * import { readFile } from 'node:fs/promises';
   * import { Checkpoint, TreeWatch, ZooKeeperClient } from 'zk-recipes';
   *
   * const since = Checkpoint.from(await readFile('config.checkpoint'));
   * const client = await new ZooKeeperClient('127.0.0.1:2181').connect();
   * new TreeWatch(client, '/config', (_tree, changes) => console.log(changes), { since });
   * ```
   */
  static from(bytes: Uint8Array): Checkpoint {
    if (!isUint8Array(bytes)) throw invalidSecret('bytes', bytes, 'a Buffer or Uint8Array');
    return new Checkpoint(decodeCheckpoint(bytes));
  }

  /** The path of the watch that it was made by. @internal */
  get root(): string {
    return this.#content.root;
  }

  /** `null` when only the position is known. @internal */
  get known(): KnownZnodes | null {
    return this.#content.known;
  }

  /** The checkpoint as bytes to keep: a few per znode, with a checksum. */
  toBytes(): Buffer {
    return encodeCheckpoint(this.#content);
  }

  /** Called by `JSON.stringify`: a description for logs, from which nothing resumes. */
  toJSON(): object {
    return { position: `${this.position}`, size: this.size };
  }
}
