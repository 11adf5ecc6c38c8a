import type { ChildrenDiff, Stat, Tree, TreeChange, WatchedEvent } from '../../index.js';
import { toJsonData, toJsonStat } from './json.js';
import { changeLine, type JsonChangeOptions, toJsonChange } from './json-change.js';
import type { Part } from './output.js';
import { differences, differentNames, NEWLINE } from './previous-lines.js';

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
  /** The state in one line for a person: the event, the path and what is known of it, without the time. */
  readonly summary: string;
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

/** Options of {@link WatchCalls}. */
export interface WatchCallsOptions {
  readonly aspect: WatchedAspect;
  readonly path: string;
  readonly receive: CallReceiver;
  /** The number of calls after which the watch ends. */
  readonly limit: number;
  /** Whether the state of the call before is given out too. */
  readonly hasPrevious: boolean;
}

/** Makes a {@link Call} of each call of one watch, and counts them. */
export class WatchCalls {
  readonly #options: WatchCallsOptions;
  #count = 0;
  #data: { readonly data: Buffer; readonly stat: Stat } | null = null;
  #children: readonly string[] | null = null;

  constructor(options: WatchCallsOptions) {
    this.#options = options;
  }

  get path(): string {
    return this.#options.path;
  }

  /** Resolves with `false`, which stops the watch that called, when it has called often enough. */
  data(data: Buffer | null, stat: Stat | null, event: WatchedEvent | null): Promise<boolean> {
    const { hasPrevious } = this.#options;
    const before = this.#data;
    if (hasPrevious) this.#data = data && stat && { data, stat };
    const plain = data && [Buffer.concat([data, NEWLINE])];
    const text = hasPrevious ? differences(before?.data ?? null, data) : plain;
    const facts = stat ? { VERSION: stat.version, MZXID: stat.mzxid } : {};
    const previous = before && { ...toJsonData(before.data), stat: toJsonStat(before.stat) };
    const fields = { ...toJsonData(data), stat: toJsonStat(stat), ...(hasPrevious && { previous }) };
    const known = stat && `version ${stat.version}`;
    return this.#node(event, { known, text, input: data ? [data] : [], facts }, fields);
  }

  /** The same for the names of the children. */
  children(children: readonly string[] | null, event: WatchedEvent | null, diff?: ChildrenDiff): Promise<boolean> {
    const { hasPrevious } = this.#options;
    const previous = this.#children;
    if (hasPrevious) this.#children = children;
    const plain = children && [`${children.join(' ')}\n`];
    const text = hasPrevious ? differentNames(previous ?? [], children ?? []) : plain;
    const input = children?.map((name) => `${name}\n`) ?? [];
    const known = children && `${children.length} ${children.length === 1 ? 'child' : 'children'}`;
    return this.#node(
      event,
      { known, text, input, facts: {} },
      { children, ...diff, ...(hasPrevious && { previous }) },
    );
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
    const { path, hasPrevious } = this.#options;
    const time = new Date().toISOString();
    const { size, position } = tree;
    const isFirst = this.#count === 0;
    const znodes = `${size} ${size === 1 ? 'znode' : 'znodes'}`;
    const input = { [Symbol.iterator]: () => lines(changes) };
    const text = { [Symbol.iterator]: () => lines(changes, isFirst ? [`${znodes}\n`] : []) };
    const facts = { SIZE: size, POSITION: position };
    const objects = {
      [Symbol.iterator]: () => jsonChanges(changes, { ...options, hasPrevious, time, position }),
    };
    const summary = `tree ${path} ${znodes}, position ${position}`;
    return this.#call({ time, exists: size > 0, facts, summary, text, input, objects });
  }

  #node(event: WatchedEvent | null, state: NodeState, fields: object): Promise<boolean> {
    const { aspect, path } = this.#options;
    const time = new Date().toISOString();
    const { known, ...rest } = state;
    const objects = [{ type: aspect, time, path, event: event?.type ?? null, ...fields }];
    const cause = event?.type ?? (this.#count === 0 ? 'initial' : 'recovered');
    const missing = `there is no znode ${path}${event ? ` (${event.type})` : ''}`;
    const summary = known === null ? missing : `${cause} ${path} ${known}`;
    return this.#call({ time, event, exists: known !== null, objects, summary, ...rest });
  }

  async #call(call: Omit<Call, 'aspect' | 'path'>): Promise<boolean> {
    const { aspect, path, receive, limit } = this.#options;
    this.#count += 1;
    const goesOn = await receive({ aspect, path, ...call });
    return goesOn && this.#count < limit;
  }
}

/** The state of a znode, with what is known of it in words; `null` when there is no znode. */
interface NodeState extends Pick<Call, 'text' | 'input' | 'facts'> {
  readonly known: string | null;
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
