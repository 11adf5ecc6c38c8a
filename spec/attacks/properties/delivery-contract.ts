import type { WatchedEvent } from '../../../lib/core/coordination-client.js';

/** What is at a path: the zxid of its last change (mzxid for data, pzxid for children), and its content as text. */
export interface Content {
  readonly mark: bigint;
  readonly value: string;
}

/** What has happened to one watch and to what it watches, in order. */
export type Moment =
  /** The server holds this from now on; `null`: no znode. */
  | { readonly what: 'changed'; readonly to: Content | null }
  /** The user's function begins. `isWithin`: inside the constructor, or inside a callback of the client. */
  | {
      readonly what: 'called';
      readonly with: Content | null;
      readonly event: WatchedEvent['type'] | null;
      readonly isWithin?: boolean;
    }
  /** It has returned, its promise has settled, or it (or its promise) has failed. */
  | { readonly what: 'settled'; readonly how: 'false' | 'value' | 'threw' }
  /** An `error` listener was told of what the function threw. */
  | { readonly what: 'reported' }
  /** No call may begin any more: by a `stop()`, an abort, the client's close, or a reason of the watch's own. */
  | { readonly what: 'stopped'; readonly reason: string }
  /** The ensemble was set back: zxids begin anew. */
  | { readonly what: 'set-back' }
  /** The client is connected and the last change long past: whatever was to come has come. */
  | { readonly what: 'rest' };

/** What the znode may turn into, by the event that tells of it. */
export type Kind = 'data' | 'children';

/**
 * Holds what happened to one watch against the delivery contract, and gives what broke it: nothing, when it was kept.
 * Knows of one watch alone; that watches of one path share the server's is not to be seen from here.
 */
export function violationsOf(moments: readonly Moment[], kind: Kind): string[] {
  const checker = new Checker(kind);
  for (const moment of moments) checker.see(moment);
  return checker.violations;
}

class Checker {
  readonly violations: string[] = [];
  readonly #changeEvent: WatchedEvent['type'];
  /** What the server has held, by mark. After it was set back a mark may come again with something else. */
  readonly #held = new Map<bigint, Set<string>>();
  #wasMissing = false;
  #now: Content | null | undefined;
  /** What the function was called with last; undefined before the first call. */
  #last: Content | null | undefined;
  #newest = -1n;
  #isRunning = false;
  #unreported = 0;
  #over: string | null = null;

  constructor(kind: Kind) {
    this.#changeEvent = kind === 'data' ? 'NodeDataChanged' : 'NodeChildrenChanged';
  }

  see(moment: Moment): void {
    if (moment.what === 'changed') this.#changed(moment.to);
    else if (moment.what === 'called') this.#called(moment);
    else if (moment.what === 'settled') this.#settled(moment.how);
    else if (moment.what === 'reported') this.#reported();
    else if (moment.what === 'stopped') this.#stopped(moment.reason);
    else if (moment.what === 'set-back') this.#setBack();
    else this.#rest();
  }

  #changed(to: Content | null): void {
    this.#now = to;
    if (to) this.#held.set(to.mark, (this.#held.get(to.mark) ?? new Set()).add(to.value));
    else this.#wasMissing = true;
  }

  #setBack(): void {
    this.#newest = -1n;
  }

  #called({ with: content, event, isWithin }: Extract<Moment, { what: 'called' }>): void {
    const shown = content ? `${content.mark}` : 'null';
    if (this.#over) this.#violated(6, `called with ${shown} after it stopped (${this.#over})`);
    if (this.#isRunning) this.#violated(4, `called with ${shown} while a call ran`);
    if (isWithin) this.#violated(9, `called with ${shown} within the library's own work`);
    if (content) this.#calledWith(content);
    else if (!this.#wasMissing) this.#violated(2, 'called with null, and the znode was never missing');
    else if (this.#last === null) this.#violated(3, 'called with null twice in a row');
    this.#checkEvent(content, event);
    this.#last = content;
    this.#isRunning = true;
  }

  #calledWith({ mark, value }: Content): void {
    const held = this.#held.get(mark);
    if (held === undefined) this.#violated(2, `called with ${mark}, which the server never held`);
    else if (!held.has(value)) this.#violated(2, `called with ${value} at ${mark}, where the server held ${[...held]}`);
    if (mark < this.#newest) this.#violated(3, `called with ${mark} after ${this.#newest}`);
    if (mark === this.#newest) this.#violated(3, `called with ${mark} twice`);
    this.#newest = mark;
  }

  /** It agrees with the two states that it stands between. */
  #checkEvent(content: Content | null, event: WatchedEvent['type'] | null): void {
    if (event === null) return;
    if (this.#last === undefined) return this.#violated(1, `the first call comes with the event ${event}`);
    const due = content === null ? 'NodeDeleted' : this.#last === null ? 'NodeCreated' : this.#changeEvent;
    if (event !== due) this.#violated(3, `called with the event ${event}, where ${due} happened`);
  }

  #settled(how: 'false' | 'value' | 'threw'): void {
    this.#isRunning = false;
    if (how === 'false') this.#over ??= 'returned-false';
    if (how === 'threw') this.#unreported += 1;
  }

  #reported(): void {
    if (this.#unreported === 0) this.#violated(7, 'an error was reported that nobody threw');
    else this.#unreported -= 1;
  }

  #stopped(reason: string): void {
    if (reason === 'returned-false' && this.#over === null) this.#violated(5, 'stopped, and nothing returned false');
    this.#over ??= reason;
  }

  #rest(): void {
    if (this.#unreported > 0) this.#violated(7, 'what the function threw was not reported');
    if (this.#over || this.#isRunning || this.#now === undefined) return;
    if (this.#last === undefined) return this.#violated(1, 'never called');
    if (this.#last?.mark === this.#now?.mark) return;
    const [last, now] = [this.#last, this.#now].map((content) => content?.mark ?? 'null');
    this.#violated(8, `called with ${last} last, and the znode came to rest at ${now}`);
  }

  #violated(line: number, what: string): void {
    this.violations.push(`line ${line}: ${what}`);
  }
}
