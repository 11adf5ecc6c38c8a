import { collectGarbage } from '../../testing/collect-garbage.js';
import { eventually } from '../../testing/eventually.js';

/** Clients never listen: these belong to the spec itself. */
const OF_THE_SPEC = 'TCPServerWrap';

/** The resources that keep a process alive, counted by kind: timers, sockets and the like. */
function resources(): Map<string, number> {
  const counts = new Map<string, number>();
  const kinds = process.getActiveResourcesInfo().filter((kind) => kind !== OF_THE_SPEC);
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

/** Counts resources now, and finds those left behind since. */
export class LeftBehind {
  readonly #before = resources();
  readonly #refs: WeakRef<object>[] = [];

  /** Adds an object that must become garbage. */
  note<T extends object>(value: T): T {
    this.#refs.push(new WeakRef(value));
    return value;
  }

  /** Resolves once there are no more timers, sockets and so on than before, and what was noted has been collected. */
  async untilNothing(): Promise<void> {
    const left = () => [...resources()].filter(([kind, count]) => count > (this.#before.get(kind) ?? 0));
    await eventually(() => left().length === 0, { describe: 'no timer, socket or other handle left' }).catch(
      (cause) => {
        throw new Error(`left behind: ${JSON.stringify(left())}`, { cause });
      },
    );
    const alive = () => this.#refs.filter((ref) => ref.deref() !== undefined).length;
    await eventually(
      () => {
        collectGarbage();
        return alive() === 0;
      },
      { describe: 'everything collected' },
    ).catch((cause) => {
      throw new Error(`${alive()} of ${this.#refs.length} are still kept`, { cause });
    });
  }
}
