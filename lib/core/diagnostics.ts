import { channel, type TracingChannel, tracingChannel } from 'node:diagnostics_channel';
import { debuglog } from 'node:util';
import type { ClientState, CoordinationClient, Stat, WatchedEvent } from './coordination-client.js';
import { isThenable } from './guarded-emitter.js';

/** What is published on `zk-recipes:client:state`, together with the event of that name. */
export interface ClientStateMessage {
  /** Whose state it is. */
  readonly client: object;
  /** Where it stands now. */
  readonly state: ClientState;
  /** `null` while there is no session. */
  readonly sessionId: bigint | null;
}

/** What is published of watches: on `zk-recipes:watch:stop` and `zk-recipes:watch:resynced` together with the events of those names. */
export interface WatchMessage {
  /** The client that the watch is made on. */
  readonly client: CoordinationClient;
  /** What is watched. */
  readonly path: string;
  /** What of it. */
  readonly kind: 'data' | 'children';
  /** Why it has stopped. */
  readonly reason?: string;
}

/** The context of `zk-recipes:watch:read`: one read for all watches of a path. */
export interface WatchReadMessage extends Omit<WatchMessage, 'reason'> {
  /** Of a read that failed. That there is no znode is no failure. */
  error?: unknown;
}

/** The context of `zk-recipes:watch:deliver`: one call of the function of a watch, or one turn of its loop. */
export interface WatchDeliverMessage extends Omit<WatchMessage, 'reason'> {
  /** `null` unless the server's watch caused the call. */
  readonly event: WatchedEvent | null;
  /** `null` while there is no znode. */
  readonly stat: Stat | null;
  /** What the function threw, or its promise rejected with. */
  error?: unknown;
}

export const clientState = channel('zk-recipes:client:state');
export const watchRead = tracingChannel<object, WatchReadMessage>('zk-recipes:watch:read');
export const watchDeliver = tracingChannel<object, WatchDeliverMessage>('zk-recipes:watch:deliver');
export const watchStop = channel('zk-recipes:watch:stop');
export const watchResynced = channel('zk-recipes:watch:resynced');

/**
 * Runs it between `start` and `end`, `error` before the end when it throws or rejects; `asyncStart` and `asyncEnd` follow when it has
 * settled, at once when it gives no promise. To be asked first: whether anybody listens.
 */
export function traced<C extends { error?: unknown }, T>(
  tracing: TracingChannel<object, C>,
  context: C,
  run: () => T,
): T {
  const settled = (): void => {
    tracing.asyncStart.publish(context);
    tracing.asyncEnd.publish(context);
  };
  try {
    const result = tracing.traceSync(run, context);
    if (!isThenable(result)) settled();
    else {
      result.then(settled, (error: unknown) => {
        context.error = error;
        tracing.error.publish(context);
        settled();
      });
    }
    return result;
  } catch (error) {
    settled();
    throw error;
  }
}

/** `NODE_DEBUG=zk-recipes`: the same on standard error. */
const debug = debuglog('zk-recipes');
if (debug.enabled) {
  const told = (message: unknown, name: string | symbol): void => {
    const { path, kind, state, sessionId, reason, event, error } = message as Partial<
      WatchDeliverMessage & ClientStateMessage & WatchMessage
    >;
    const what = String(name).replace(/^(tracing:)?zk-recipes:/, '');
    const session = sessionId ? `session 0x${sessionId.toString(16)}` : undefined;
    const parts = [what, kind, path, state, session, reason, event?.type, error];
    debug('%s', parts.filter((part) => part !== undefined).join(' '));
  };
  for (const plain of [clientState, watchStop, watchResynced]) plain.subscribe(told);
  for (const { start, error } of [watchRead, watchDeliver]) for (const each of [start, error]) each.subscribe(told);
}
