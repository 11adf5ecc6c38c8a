import type { WatchedEvent } from '../../../lib/core/coordination-client.js';

/** The state that the server holds: the mark and the names of the children; `null` when there is no znode. */
type Held = { readonly mark: number; readonly names: string } | null;

/**
 * Predicts how and when one wait of a PatientChildrenWatch settles. The rig reports each change, and each moment from
 * which the client can or cannot read the server's state.
 */
export class SettleModel {
  /** `<time> <children>`, or `<time> <code>`. */
  settled: string | null = null;
  /** `<time> <event>`, or `<time> <code>`. */
  changed: string | null = null;
  readonly #boundary: number;
  #now: Held;
  /** The mark that was read last. */
  #known: number | null = null;
  #deadline = Number.POSITIVE_INFINITY;
  /** A change was reported or may have been missed, and no read has been sent since. */
  #isDirty = true;
  #isByEvent = false;
  /** The result of the read in flight. */
  #onTheWay: { readonly held: Held; readonly isByEvent: boolean } | null = null;
  #isConnected: boolean;
  #areAnswersHeld = false;

  constructor(boundary: number, isConnected: boolean, mark: number, names: string) {
    this.#boundary = boundary;
    this.#isConnected = isConnected;
    this.#now = { mark, names };
    this.#look(0);
  }

  changes(at: number, mark: number, names: string | null): void {
    this.#now = names === null ? null : { mark, names };
    if (!this.#isConnected) return;
    this.#isDirty = true;
    this.#isByEvent = true;
    this.#look(at);
  }

  disconnects(): void {
    this.#isConnected = false;
    this.#onTheWay = null;
    this.#isDirty = true;
    // The recovery finds a change that was reported and not read.
    this.#isByEvent = false;
  }

  connects(at: number): void {
    this.#isConnected = true;
    this.#look(at);
  }

  holds(): void {
    this.#areAnswersHeld = true;
  }

  releases(at: number): void {
    this.#areAnswersHeld = false;
    this.#look(at);
  }

  closes(at: number): void {
    this.#ends(at, 'CLIENT_CLOSED');
  }

  /** Time passes up to, and not including, this time. */
  passes(until: number): void {
    if (this.#deadline >= until) return;
    if (this.#isConnected && !this.#isDirty && !this.#onTheWay) this.#settle(this.#deadline);
  }

  #look(at: number): void {
    while (this.#isConnected && (this.#isDirty || this.#onTheWay)) {
      if (!this.#onTheWay) {
        this.#onTheWay = { held: this.#now, isByEvent: this.#isByEvent };
        this.#isDirty = false;
        this.#isByEvent = false;
      }
      if (this.#areAnswersHeld) return;
      const { held, isByEvent } = this.#onTheWay;
      this.#onTheWay = null;
      if (this.settled === null) this.#learn(at, held);
      else this.#learnOfChange(at, held, isByEvent);
    }
  }

  #learn(at: number, held: Held): void {
    if (!held) return this.#ends(at, 'NO_NODE');
    if (held.mark !== this.#known) this.#deadline = at + this.#boundary;
    // The boundary passed while it was unknown whether they had changed.
    else if (this.#deadline < at && !this.#isDirty) this.#settle(at);
    this.#known = held.mark;
  }

  #learnOfChange(at: number, held: Held, isByEvent: boolean): void {
    if (held?.mark === this.#known) return;
    const type: WatchedEvent['type'] = held ? 'NodeChildrenChanged' : 'NodeDeleted';
    this.changed ??= `${at} ${isByEvent ? type : null}`;
  }

  #settle(at: number): void {
    this.settled ??= `${at} ${this.#now?.names}`;
    this.#deadline = Number.POSITIVE_INFINITY;
  }

  #ends(at: number, code: string): void {
    this.changed ??= `${at} ${code}`;
    this.settled ??= this.changed;
  }
}
