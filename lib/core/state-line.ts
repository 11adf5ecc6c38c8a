import type { ClientState, ServerName, StateChange } from './coordination-client.js';
import { isServed } from './is-served.js';
import { type LastingTrouble, type Line, seconds } from './lasting-trouble.js';
import { SPEECH } from './limits.js';
import { isNotable } from './notable.js';
import { toHex } from './to-hex.js';

/** The details of the line about a change of the state. */
export interface StateDetails {
  readonly state: ClientState;
  /** Of the connection; at `suspended` and `lost` of the last one. */
  readonly server: ServerName | null;
  /** In hex; at `lost` that of the session that is gone. */
  readonly sessionId: string | null;
  /** For how long no server had served the client, in ms. */
  readonly outageMs?: number;
  /** The session before, when it was lost meanwhile. */
  readonly lostSessionId?: string;
  readonly cause?: string;
}

/** The lines of the log about the states of one client, in which each change has its only line. */
export class StateLines {
  /** The last server, and the last session. */
  #server: ServerName | null = null;
  #sessionId: string | null = null;
  #lostSessionId: string | undefined;
  #unservedSince: number | undefined;

  /** Writes the line about a change: at once, unless changes to the state follow each other without end. */
  report(trouble: LastingTrouble, state: ClientState, change: StateChange): void {
    const line = this.#next(state, change);
    const kind = isNotable(line.details) ? 'notable ' : '';
    trouble.report(`${kind}state ${state}`, line, { atOnce: SPEECH.statesAtOnce });
  }

  /** Plain values, and no stack. */
  #next(state: ClientState, { server, sessionId, cause }: StateChange): Line {
    if (server) this.#server = server;
    const isFailure = state === 'suspended' || state === 'lost';
    if (isFailure) this.#unservedSince ??= performance.now();
    if (state === 'lost' && this.#sessionId !== null) this.#lostSessionId = this.#sessionId;
    const details: StateDetails = {
      state,
      server: isFailure ? this.#server : server,
      sessionId: this.#sessionOf(state, sessionId),
      ...(isServed(state) && this.#recovery()),
      ...(cause && { cause: cause.message }),
    };
    if (!isFailure) this.#unservedSince = undefined;
    if (isServed(state)) this.#lostSessionId = undefined;
    this.#sessionId = details.sessionId ?? this.#sessionId;
    return { level: 'info', details: { ...details }, message: messageOf(details) };
  }

  #sessionOf(state: ClientState, sessionId: bigint | null): string | null {
    if (sessionId !== null) return toHex(sessionId);
    return state === 'lost' ? this.#sessionId : null;
  }

  #recovery(): Pick<StateDetails, 'outageMs' | 'lostSessionId'> {
    if (this.#unservedSince === undefined) return {};
    const outageMs = Math.round(performance.now() - this.#unservedSince);
    return { outageMs, ...(this.#lostSessionId !== undefined && { lostSessionId: this.#lostSessionId }) };
  }
}

function messageOf({ state, server, sessionId, outageMs, lostSessionId, cause }: StateDetails): string {
  const because = cause === undefined ? '' : `: ${cause}`;
  const to = server && isServed(state) ? ` to ${server.host}:${server.port}` : '';
  const session = lostSessionId === undefined ? 'session' : 'the new session';
  // The reason mostly names the session that is gone.
  const isNamed = sessionId === null || cause?.includes(sessionId);
  const inSession = isNamed ? '' : ` in ${session} ${sessionId}`;
  const after = outageMs === undefined ? '' : `, after ${lasting(outageMs)} without a server`;
  return `${state}${to}${inSession}${after}${because}`;
}

function lasting(ms: number): string {
  return ms >= 1_000 ? seconds(ms) : `${ms} ms`;
}
