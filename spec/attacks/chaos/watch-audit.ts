import type { Stat, WatchedEvent } from '../../../index.js';
import { Log } from './chronicle.js';
import { type Key, print } from './path-history.js';
import type { Trail } from './trail.js';

/** The delivery contract from the outside: what one watch is told, call by call. */
export class WatchAudit {
  readonly name: string;
  readonly trail: Trail;
  readonly log: Log;
  readonly isPatient: boolean;
  /** Of the history: at least this far has the watch been told. */
  floor = -1;
  /** Of the history: so far no change is waited for any more. */
  covered = -1;
  calls = 0;
  last: Key | undefined;
  /** The last that was not null. */
  #newest: Stat | null = null;
  #isBusy = false;
  #isOver = false;

  /** @param isPatient whether it is told only what has come to rest */
  constructor(name: string, trail: Trail, isPatient = false) {
    this.name = name;
    this.isPatient = isPatient;
    this.trail = trail;
    this.log = new Log(name);
  }

  violation(what: string): void {
    const { chronicle, history, client } = this.trail;
    chronicle.violation(`${this.name}: ${what}`, history.log, client.log, this.log);
  }

  /**
   * A call begins.
   *
   * @param event undefined when the function is not told
   * @param stat undefined when the function is not told
   */
  begins(key: Key, event: WatchedEvent | null | undefined, stat?: Stat | null): void {
    this.trail.chronicle.calls += 1;
    const zxid = stat ? ` mzxid ${stat.mzxid}` : '';
    this.log.add(`called with ${print(key)}${zxid}${event ? ` ${event.type}` : ''}`);
    if (this.#isOver) this.violation('was called after its end');
    if (this.#isBusy) this.violation('was called while a call was running');
    this.#isBusy = true;
    if (event) this.#checkEvent(event, key);
    if (stat !== undefined) this.#checkStat(stat);
    const isFirst = this.calls === 0;
    this.calls += 1;
    this.last = key;
    this.trail.told(this, key, isFirst);
  }

  /** The call has settled. */
  ends(): void {
    this.#isBusy = false;
  }

  /** What was told last is not so any more, even if the next will look the same: a child was replaced. */
  awaits(): void {
    this.last = undefined;
  }

  /** No call may begin any more. */
  over(why: string): void {
    this.log.add(why);
    this.#isOver = true;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** What the znode is known to be at rest is what was told. */
  caughtUp(): void {
    this.floor = this.trail.history.last.index;
    this.covered = this.floor;
  }

  /** Whether the last call had the state that the server holds. */
  agrees(truth: Key, stat: Stat | null): boolean {
    if (this.last !== truth) return false;
    return !stat || !this.#newest || this.#newest.mzxid === stat.mzxid;
  }

  #checkEvent({ type, path }: WatchedEvent, key: Key): void {
    if (this.calls === 0) this.violation('the first call had an event');
    if (!this.trail.history.path.endsWith(path)) this.violation(`the event was for ${path}`);
    const wanted = key === null ? 'NodeDeleted' : this.last === null ? 'NodeCreated' : null;
    const isWanted = wanted ? type === wanted : type === 'NodeDataChanged' || type === 'NodeChildrenChanged';
    if (!isWanted) this.violation(`${type} does not agree with ${print(this.last)} -> ${print(key)}`);
  }

  #checkStat(stat: Stat | null): void {
    if (stat === null) {
      if (this.last === null) this.violation('was told twice that there is no znode');
      return;
    }
    const newest = this.#newest;
    this.#newest = stat;
    if (!newest) return;
    if (stat.mzxid <= newest.mzxid) this.violation(`mzxid ${stat.mzxid} came after ${newest.mzxid}`);
    if (this.last === null && stat.czxid <= newest.mzxid) {
      this.violation(`a znode of czxid ${stat.czxid} was created again, after mzxid ${newest.mzxid}`);
    }
  }
}
