import type { ChildrenDiff, Stat, WatchedEvent } from '../../index.js';
import { toJsonData, toJsonStat } from './json.js';
import { print, printJson } from './output.js';
import { say } from './stderr-logger.js';

/** How calls are printed. */
export interface CallOptions {
  readonly isJson: boolean;
  /** How many there are to be. */
  readonly limit: number;
}

/** Prints the calls of one watch, and counts them. */
export class Calls {
  readonly path: string;
  readonly #type: string;
  readonly #options: CallOptions;
  #count = 0;

  constructor(type: string, path: string, options: CallOptions) {
    this.path = path;
    this.#type = type;
    this.#options = options;
  }

  /** Resolves with `false` when there have been enough, as a watch's function says that it wants no more. */
  data(data: Buffer | null, stat: Stat | null, event: WatchedEvent | null): Promise<boolean> {
    const plain = data && Buffer.concat([data, Buffer.from('\n')]);
    return this.#call(plain, event, { ...toJsonData(data), stat: toJsonStat(stat) });
  }

  /** The same, for the names of the children. */
  children(children: readonly string[] | null, event: WatchedEvent | null, diff?: ChildrenDiff): Promise<boolean> {
    return this.#call(children && `${children.join(' ')}\n`, event, { children, ...diff });
  }

  /** @param plain `null` when there is no znode: that is no data, so it is said elsewhere */
  async #call(plain: Buffer | string | null, event: WatchedEvent | null, what: object): Promise<boolean> {
    const time = new Date().toISOString();
    this.#count += 1;
    if (this.#options.isJson) {
      await printJson({ type: this.#type, time, path: this.path, event: event?.type ?? null, ...what });
    } else if (plain === null) say(`${time} there is no znode ${this.path}`);
    else await print(plain);
    return this.#count < this.#options.limit;
  }
}
