import type { ChildrenDiff, Stat, Tree, TreeChange, WatchedEvent } from '../../index.js';
import { toJsonData, toJsonStat } from './json.js';
import { changeLine, type JsonChangeOptions, toJsonChange } from './json-change.js';
import type { Part } from './output.js';

/** The side of a znode that is watched. */
export type WatchedAspect = 'data' | 'children' | 'settled' | 'tree';

/** A call of a watch, in each form in which it is given out. */
export interface Call {
  readonly aspect: WatchedAspect;
  readonly path: string;
  /** When the watch called, in ISO 8601. */
  readonly time: string;
  /** Missing for a tree. */
  readonly event?: WatchedEvent | null;
  readonly exists: boolean;
  /** More about the state, by the rest of the names of environment variables. */
  readonly facts: Readonly<Partial<Record<Fact, bigint | number>>>;
  /** The state for a person; `null` when there is no znode. */
  readonly text: Iterable<Part> | null;
  /** The state for a program; empty when there is no znode. */
  readonly input: Iterable<Part>;
  /** The objects for JSON. */
  readonly objects: Iterable<object>;
}

/** The names of {@link Call.facts}. */
export const FACTS = ['VERSION', 'MZXID', 'SIZE', 'POSITION'] as const;

type Fact = (typeof FACTS)[number];

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
    const text = data && [Buffer.concat([data, Buffer.from('\n')])];
    const facts = stat ? { VERSION: stat.version, MZXID: stat.mzxid } : {};
    const fields = { ...toJsonData(data), stat: toJsonStat(stat) };
    return this.#node(event, { text, input: data ? [data] : [], facts }, fields);
  }

  /** The same for the names of the children. */
  children(children: readonly string[] | null, event: WatchedEvent | null, diff?: ChildrenDiff): Promise<boolean> {
    const text = children && [`${children.join(' ')}\n`];
    const input = children?.map((name) => `${name}\n`) ?? [];
    return this.#node(event, { text, input, facts: {} }, { children, ...diff });
  }

  /**
   * The same for the changes of a tree.
   *
   * @param options.before the position before the changes
   */
  tree(
    tree: Tree,
    changes: readonly TreeChange[],
    options: Pick<JsonChangeOptions, 'hasData'> & { before: bigint },
  ): Promise<boolean> {
    const time = new Date().toISOString();
    const { size, position } = tree;
    const isFirst = this.#count === 0;
    const input = { [Symbol.iterator]: () => lines(changes) };
    const text = {
      [Symbol.iterator]: () => lines(changes, isFirst ? [`${size} ${size === 1 ? 'znode' : 'znodes'}\n`] : []),
    };
    const facts = { SIZE: size, POSITION: position };
    const objects = { [Symbol.iterator]: () => jsonChanges(changes, { ...options, time, position }) };
    return this.#call({ time, exists: size > 0, facts, text, input, objects });
  }

  #node(event: WatchedEvent | null, state: Pick<Call, 'text' | 'input' | 'facts'>, fields: object): Promise<boolean> {
    const time = new Date().toISOString();
    const objects = [{ type: this.#aspect, time, path: this.path, event: event?.type ?? null, ...fields }];
    return this.#call({ time, event, exists: state.text !== null, objects, ...state });
  }

  async #call(call: Omit<Call, 'aspect' | 'path'>): Promise<boolean> {
    this.#count += 1;
    const goesOn = await this.#receive({ aspect: this.#aspect, path: this.path, ...call });
    return goesOn && this.#count < this.#limit;
  }
}

function* lines(changes: readonly TreeChange[], heading: readonly string[] = []): Generator<string> {
  yield* heading;
  for (const change of changes) yield changeLine(change);
}

/** Each has the position up to which everything was given out with it: only the last has the new one. */
function* jsonChanges(
  changes: readonly TreeChange[],
  { before, position, ...options }: JsonChangeOptions & { before: bigint },
): Generator<object> {
  for (const [index, change] of changes.entries()) {
    const isLast = index === changes.length - 1;
    yield toJsonChange(change, { ...options, position: isLast ? position : before });
  }
}
