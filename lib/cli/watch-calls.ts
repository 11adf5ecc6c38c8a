import type { ChildrenDiff, Stat, WatchedEvent } from '../../index.js';
import { toJsonData, toJsonStat } from './json.js';

/** The aspect of a znode that is watched. */
export type WatchedAspect = 'data' | 'children' | 'settled';

/** A call of a watch, in each form in which it is given out. */
export interface Call {
  readonly aspect: WatchedAspect;
  readonly path: string;
  /** When the watch called, in ISO 8601. */
  readonly time: string;
  readonly event: WatchedEvent | null;
  /** Missing when the watch does not know it; `null` when there is no znode. */
  readonly stat?: Stat | null;
  /** The state for a person; `null` when there is no znode. */
  readonly text: Buffer | string | null;
  /** The state for a program; empty when there is no znode. */
  readonly input: Buffer | string;
  /** The object for JSON. */
  readonly json: object;
}

/** Receives the calls of a watch, one at a time. `false` ends the command. */
export type CallReceiver = (call: Call) => Promise<boolean>;

/** Makes a {@link Call} of each call of one watch, and counts them. */
export class WatchCalls {
  readonly path: string;
  readonly #aspect: WatchedAspect;
  readonly #receive: CallReceiver;
  readonly #limit: number;
  #count = 0;

  /** @param limit the number of calls after which the command ends */
  constructor(aspect: WatchedAspect, path: string, receive: CallReceiver, limit: number) {
    this.path = path;
    this.#aspect = aspect;
    this.#receive = receive;
    this.#limit = limit;
  }

  /** Resolves with `false`, which stops the watch that called, when the command ends. */
  data(data: Buffer | null, stat: Stat | null, event: WatchedEvent | null): Promise<boolean> {
    const text = data && Buffer.concat([data, Buffer.from('\n')]);
    return this.#call(event, { text, input: data ?? '', stat }, { ...toJsonData(data), stat: toJsonStat(stat) });
  }

  /** The same for the names of the children. */
  children(children: readonly string[] | null, event: WatchedEvent | null, diff?: ChildrenDiff): Promise<boolean> {
    const text = children && `${children.join(' ')}\n`;
    const input = children?.map((name) => `${name}\n`).join('') ?? '';
    return this.#call(event, { text, input }, { children, ...diff });
  }

  async #call(
    event: WatchedEvent | null,
    state: Pick<Call, 'text' | 'input' | 'stat'>,
    fields: object,
  ): Promise<boolean> {
    const [aspect, path, time] = [this.#aspect, this.path, new Date().toISOString()];
    const json = { type: aspect, time, path, event: event?.type ?? null, ...fields };
    this.#count += 1;
    return (await this.#receive({ aspect, path, time, event, json, ...state })) && this.#count < this.#limit;
  }
}
