import { type ChangeFilter, CompiledFilter, type TreeChange } from '../changes/index.js';
import { toWireFilter, type WireFilter } from '../events/index.js';

/** A filter of a remote subscription. */
export class RemoteFilter {
  /** Equal for filters that select the same changes. */
  readonly key: string;
  /**
   * As the gateway gets it: the conditions on the path alone. A znode is then either known with all its changes or not
   * at all, and the rest is decided here, where it is known what the znode was before.
   */
  readonly wire: WireFilter;
  /** Changes after this zxid are reported although they came before the filter counted; `undefined`: none of those. */
  readonly since: bigint | undefined;
  /** The position from which on it counts; `undefined` until then. */
  after: bigint | undefined;
  /** The number of the first state for which it counts. */
  countsFrom = Number.POSITIVE_INFINITY;
  readonly #compiled: CompiledFilter;
  readonly #paths: CompiledFilter;
  readonly #onCounts: () => void;

  /**
   * @param onCounts called once it counts, or never will
   * @throws `InvalidArgumentError` unless it is a filter.
   */
  constructor(name: string, filter: ChangeFilter, since: bigint | undefined, onCounts: () => void = () => {}) {
    this.#compiled = new CompiledFilter(name, filter);
    const { path, sequential } = filter;
    const paths = {
      ...(path !== undefined && { path: typeof path === 'string' ? path : [...path] }),
      ...(sequential !== undefined && { sequential }),
    };
    this.#paths = new CompiledFilter(name, paths);
    this.key = this.#compiled.key;
    this.wire = toWireFilter(paths);
    this.since = since;
    this.#onCounts = onCounts;
  }

  get counts(): boolean {
    return this.after !== undefined;
  }

  /** It counts from this state on. */
  count(position: bigint, number: number): void {
    this.after = position;
    this.countsFrom = number;
    this.#onCounts();
  }

  /** Also when the subscription ends. */
  removed(): void {
    this.#onCounts();
  }

  /** Whether the gateway reports the znodes at a path for it. */
  covers(path: string): boolean {
    return this.#paths.matches({ path } as TreeChange);
  }

  matches(change: TreeChange): boolean {
    return this.#compiled.matches(change);
  }
}
