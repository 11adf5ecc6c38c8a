import { expect } from 'vitest';
import type { ClientState } from '../../../lib/core/coordination-client.js';
import type { ConnectionOptions } from '../../../lib/zookeeper/connection/connection.js';
import type { Violation } from '../../oracle/rules.js';
import { sessionLost } from '../../oracle/session-lost.js';
import { SUCCESSORS } from '../../support/client-states.js';

/** Before transaction 0 of an empty server. */
const BEFORE_ALL = -1n;
/** By how much a timer may be early, in ms. */
const EARLY = 1;

/** The contract of a session. The rig reports everything that the session sends and receives. */
export class SessionModel {
  #state: ClientState = 'latent';
  #epoch = 0;
  /** The newest transaction that the client has seen. */
  #seen = 0n;
  /** The transaction up to which watches were certainly armed; null while that is the newest one seen. */
  #rearmFrom: bigint | null = null;
  #lastAnswer = 0n;
  #lastHeard = 0;
  /** The session granted last, as long as it may live. */
  #session: bigint | null = null;
  #sessionTimeout = 0;
  #sessionsLost = 0;
  /** Whether a server refused the last attempt because the client has seen newer transactions. */
  #isDisowned = false;
  /** Whether the client was `connected` over the current connection. */
  #wasConnected = false;
  readonly #given = new Set<bigint>();
  readonly violations: Violation[] = [];

  get state(): ClientState {
    return this.#state;
  }

  /** How many sessions were lost: a write may only be sent in its own session. */
  get sessionsLost(): number {
    return this.#sessionsLost;
  }

  becomes(state: ClientState): void {
    const isOutOfReach = performance.now() - this.#lastHeard >= this.#sessionTimeout - EARLY;
    const violation = state === 'lost' ? sessionLost(this.#session === null || isOutOfReach) : null;
    if (violation) this.violations.push(violation);
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

  /** The client opens a connection. */
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

  /** To be called before the client receives. */
  hears(): void {
    this.#lastHeard = performance.now();
  }

  /** To be called after the client has received. */
  heard(zxid: bigint): void {
    this.#lastAnswer = zxid;
    if (zxid > this.#seen) this.#seen = zxid;
  }

  /** The epoch grows only when a server has answered with an older transaction, which becomes the newest one seen. */
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

  /** The server has expired the session. */
  expired(): void {
    this.#session = null;
  }

  /** Invariants between two events. */
  holdsNow(state: ClientState, isConnectionOpen: boolean): void {
    expect(state).toBe(this.#state);
    const silence = performance.now() - this.#lastHeard;
    if (state === 'connected') expect(silence).toBeLessThanOrEqual((this.#sessionTimeout * 2) / 3);
    if (state === 'suspended' && !isConnectionOpen) expect(silence).toBeLessThanOrEqual(this.#sessionTimeout + 1);
  }

  /** The client dropped an open connection: it must have been silent for long. */
  dropped(): void {
    this.interrupted();
    if (this.#state === 'closed' || !this.#wasConnected) return;
    expect(performance.now() - this.#lastHeard).toBeGreaterThanOrEqual(this.#sessionTimeout * 0.6);
  }
}
