import { expect } from 'vitest';
import type { ClientState } from '../../../lib/core/coordination-client.js';
import type { ConnectionOptions } from '../../../lib/zookeeper/connection/connection.js';
import { SUCCESSORS } from '../../support/client-states.js';

/** Before the transaction 0 of a server that is empty. */
const BEFORE_ALL = -1n;

/** What the contract lets a session do, told of all that it does and hears. */
export class SessionModel {
  #state: ClientState = 'latent';
  #epoch = 0;
  /** The last transaction that was heard of. */
  #seen = 0n;
  /** Up to where the watches are known to have stood, once that is not all that was seen. */
  #rearmFrom: bigint | null = null;
  #lastAnswer = 0n;
  #lastHeard = 0;
  /** The session that was given last, as long as it may live. */
  #session: bigint | null = null;
  #sessionTimeout = 0;
  #sessionsLost = 0;
  /** Whether the last attempt was refused for what the client has seen, by a server that has seen less. */
  #isDisowned = false;
  /** Whether the client was `connected` over the present connection. */
  #wasConnected = false;
  readonly #given = new Set<bigint>();

  get state(): ClientState {
    return this.#state;
  }

  /** How many sessions were lost: a write may only be sent in the one that it was made in. */
  get sessionsLost(): number {
    return this.#sessionsLost;
  }

  becomes(state: ClientState): void {
    expect(SUCCESSORS[this.#state], `after ${this.#state}`).toContain(state);
    this.#state = state;
    if (state === 'connected') {
      expect(this.#session).not.toBe(null);
      this.#rearmFrom = null;
      this.#wasConnected = true;
    }
    if (state === 'lost') {
      this.#session = null;
      this.#sessionsLost += 1;
    }
    if (state === 'latent') this.#session = null;
  }

  /** A connection is asked for. */
  attempts({ session, lastZxid }: ConnectionOptions): void {
    expect(['connecting', 'suspended', 'lost', 'closed']).toContain(this.#state);
    if (session) expect(session.id).toBe(this.#session);
    else if (this.#state === 'suspended') expect.fail('gives up a session that may live');
    const isProbe = lastZxid === 0n && this.#isDisowned;
    if (!isProbe) expect(lastZxid).toBe(this.#seen);
  }

  refused(serverZxid: bigint): void {
    this.#isDisowned = serverZxid < this.#seen;
  }

  opened(session: bigint, isNew: boolean, sessionTimeout: number): void {
    if (isNew) expect(this.#given).not.toContain(session);
    this.#given.add(session);
    this.#session = session;
    this.#sessionTimeout = sessionTimeout;
    this.#lastHeard = performance.now();
    this.#wasConnected = false;
  }

  /** To be told before the client is. */
  hears(): void {
    this.#lastHeard = performance.now();
  }

  /** To be told when the client has been. */
  heard(zxid: bigint): void {
    this.#lastAnswer = zxid;
    if (zxid > this.#seen) this.#seen = zxid;
  }

  /** Grows only for a server that has answered, and knows less than was seen: all is then begun anew from there. */
  epochIs(epoch: number): void {
    if (epoch === this.#epoch) return;
    expect(epoch).toBe(this.#epoch + 1);
    expect(this.#lastAnswer).toBeLessThan(this.#seen);
    this.#epoch = epoch;
    this.#seen = this.#lastAnswer;
    this.#rearmFrom = BEFORE_ALL;
  }

  armsFrom(relativeZxid: bigint): void {
    this.#rearmFrom ??= this.#seen;
    expect(relativeZxid).toBe(this.#rearmFrom);
  }

  /** An open connection has ended. */
  interrupted(): void {
    this.#rearmFrom ??= this.#seen;
  }

  /** The server knows no such session any more. */
  expired(): void {
    this.#session = null;
  }

  /** What must hold whenever nothing is going on. */
  holdsNow(state: ClientState, isConnectionOpen: boolean): void {
    expect(state).toBe(this.#state);
    const silence = performance.now() - this.#lastHeard;
    if (state === 'connected') expect(silence).toBeLessThanOrEqual((this.#sessionTimeout * 2) / 3);
    if (state === 'suspended' && !isConnectionOpen) expect(silence).toBeLessThanOrEqual(this.#sessionTimeout + 1);
  }

  /** The client has let go of an open connection that had not ended: only of one that was silent for long. */
  dropped(): void {
    this.interrupted();
    if (this.#state === 'closed' || !this.#wasConnected) return;
    expect(performance.now() - this.#lastHeard).toBeGreaterThanOrEqual(this.#sessionTimeout * 0.6);
  }
}
