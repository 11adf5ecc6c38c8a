import type { ChildrenDiff, Stat, WatchedEvent } from '../../index.js';
import { toJsonData, toJsonStat } from './json.js';
import { print, printJson } from './output.js';
import { printDiagnostic } from './stderr.js';

/** The aspect of a znode that is watched. */
export type WatchedAspect = 'data' | 'children' | 'settled';

/** The format of the calls, and their limit. */
export interface CallPrinterOptions {
  readonly isJson: boolean;
  /** The number of calls after which the command ends. */
  readonly limit: number;
}

/** Prints the calls of one watch, and counts them. */
export class CallPrinter {
  readonly path: string;
  readonly #aspect: WatchedAspect;
  readonly #options: CallPrinterOptions;
  #count = 0;

  constructor(aspect: WatchedAspect, path: string, options: CallPrinterOptions) {
    this.path = path;
    this.#aspect = aspect;
    this.#options = options;
  }

  /** Resolves with `false` when the limit is reached, which stops the watch that called. */
  data(data: Buffer | null, stat: Stat | null, event: WatchedEvent | null): Promise<boolean> {
    const plain = data && Buffer.concat([data, Buffer.from('\n')]);
    return this.#call(plain, event, { ...toJsonData(data), stat: toJsonStat(stat) });
  }

  /** Prints the names of the children as {@link CallPrinter.data} prints data. */
  children(children: readonly string[] | null, event: WatchedEvent | null, diff?: ChildrenDiff): Promise<boolean> {
    return this.#call(children && `${children.join(' ')}\n`, event, { children, ...diff });
  }

  /** @param plain `null` while there is no znode, which is printed on stderr: stdout is for data */
  async #call(plain: Buffer | string | null, event: WatchedEvent | null, fields: object): Promise<boolean> {
    const time = new Date().toISOString();
    this.#count += 1;
    if (this.#options.isJson) {
      await printJson({ type: this.#aspect, time, path: this.path, event: event?.type ?? null, ...fields });
    } else if (plain === null) printDiagnostic(`${time} there is no znode ${this.path}`);
    else await print(plain);
    return this.#count < this.#options.limit;
  }
}
