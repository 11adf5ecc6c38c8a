import type { ClientState, CoordinationClient } from '../core/coordination-client.js';
import { isServed } from '../core/is-served.js';
import { type WatchKind, type WatchMetrics, watchMetricsOf } from '../core/watch-counts.js';
import type { Session } from './session/session.js';
import { type RequestMetrics, SessionCounts } from './session/session-counts.js';

/**
 * The figures of a client: plain numbers and strings, which `JSON.stringify` accepts. Counters only grow, over all
 * connections and sessions of the client; `state`, `queue` and `running` are of this moment. Durations are ms.
 */
export interface ClientMetrics {
  /** The present state. */
  readonly state: ClientState;
  /** How often each state was entered. `lost` is the number of sessions lost. */
  readonly statesEntered: Readonly<Record<ClientState, number>>;
  /** How often the client was served again after `suspended` or `lost`. */
  readonly reconnections: number;
  /** Connections that were tried, and those that became usable; the others have failed, but for a last one. */
  readonly connections: {
    /** Attempts to connect. */
    readonly attempted: number;
    /** Connections over which a server has served the client. */
    readonly opened: number;
  };
  /** The watches of the client, by their kind. */
  readonly watches: Readonly<Record<WatchKind, WatchMetrics>>;
  /** The requests, by their operation; an operation that was not requested is missing. */
  readonly requests: Readonly<Record<string, RequestMetrics>>;
  /** Requests that wait for a connection or for their turn, and those that were sent and have no answer yet. */
  readonly queue: {
    /** Not sent yet. */
    readonly waiting: number;
    /** Sent, and not answered yet. */
    readonly inFlight: number;
  };
  /** Events that the servers' watches have reported. */
  readonly notifications: number;
  /** Bytes of ZooKeeper's protocol; over TLS before their encryption. */
  readonly bytes: {
    /** To servers. */
    readonly sent: number;
    /** From servers. */
    readonly received: number;
  };
}

/** The counters of a client. */
export class ClientCounts extends SessionCounts {
  readonly #states: Record<ClientState, number> = {
    latent: 0,
    connecting: 0,
    connected: 0,
    'read-only': 0,
    suspended: 0,
    lost: 0,
    closed: 0,
  };
  #reconnections = 0;
  #wasServed = false;

  /** The client has entered a state. */
  entered(state: ClientState): void {
    this.#states[state] += 1;
    if (state === 'latent') this.#wasServed = false;
    if (!isServed(state)) return;
    if (this.#wasServed) this.#reconnections += 1;
    this.#wasServed = true;
  }

  /** @param client whose watches are counted */
  toMetrics(client: CoordinationClient, { queue }: Pick<Session, 'queue'>): ClientMetrics {
    const { attempted, opened, sent, received, notifications } = this.connections;
    return {
      state: client.state,
      statesEntered: { ...this.#states },
      reconnections: this.#reconnections,
      connections: { attempted, opened },
      watches: watchMetricsOf(client),
      requests: this.requests.toMetrics(),
      queue: queue.lengths,
      notifications,
      bytes: { sent, received },
    };
  }
}
