import type { Channel, TracingChannel } from 'node:diagnostics_channel';
import type { ClientState, CoordinationClient, Stat, StateChange, WatchedEvent } from './coordination-client.js';
import { isThenable } from './guarded-emitter.js';
import { debug } from './node-debug.js';
import { nodeModule } from './node-module.js';
import { toHex } from './to-hex.js';

/** The message of `zk-recipes:client:state`, published together with the client's `state` event. */
export interface ClientStateMessage extends StateChange {
  /** The client. */
  readonly client: object;
  /** The state that it has entered. */
  readonly state: ClientState;
}

/**
 * The message of `zk-recipes:watch:stop` and `zk-recipes:watch:resynced`, published together with the watch's events of
 * these names.
 */
export interface WatchMessage {
  /** The client of the watch. */
  readonly client: CoordinationClient;
  /** The path of the znode, relative to the client's chroot. */
  readonly path: string;
  /** The part of the znode that is watched: `data` or `children`; more may be added. */
  readonly aspect: string;
  /** Why the watch has stopped; on `zk-recipes:watch:stop` only. */
  readonly reason?: string;
}

/** The context of `zk-recipes:watch:read`: one read, shared by all watches of a path. */
export interface WatchReadMessage extends Omit<WatchMessage, 'reason'> {
  /** The error of a failed read. A missing znode is not a failure. */
  error?: unknown;
}

/** The context of `zk-recipes:watch:deliver`: one call of a watch's function, or one turn of its loop. */
export interface WatchDeliverMessage extends Omit<WatchMessage, 'reason'> {
  /** `null` unless an event of the server caused the call. */
  readonly event: WatchedEvent | null;
  /** `null` while the znode is missing. */
  readonly stat: Stat | null;
  /** The error that the function threw, or its promise rejected with. */
  error?: unknown;
}

/** Missing in a browser, where no channel has a subscriber. */
const channels = nodeModule('node:diagnostics_channel');
const SILENT = { hasSubscribers: false, publish: () => {}, subscribe: () => {} };

function channel(name: string): Channel {
  return channels?.channel(name) ?? (SILENT as never);
}

function tracingChannel<S extends object, C extends object>(name: string): TracingChannel<S, C> {
  return channels?.tracingChannel<S, C>(name) ?? (SILENT as never);
}

export const clientState = channel('zk-recipes:client:state');
export const watchRead = tracingChannel<object, WatchReadMessage>('zk-recipes:watch:read');
export const watchDeliver = tracingChannel<object, WatchDeliverMessage>('zk-recipes:watch:deliver');
export const watchStop = channel('zk-recipes:watch:stop');
export const watchResynced = channel('zk-recipes:watch:resynced');

/**
 * Runs a function between `start` and `end`, with `error` before `end` when it throws, or later when it rejects.
 * `asyncStart` and `asyncEnd` follow once it has settled, at once when it returns no promise. Call it only while the
 * channel has subscribers.
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
    const result = tracing.start.runStores(context, () => untilEnd(tracing, context, run));
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

/** As `traceSync()`, which would also publish the result: the data of a znode. */
function untilEnd<C extends { error?: unknown }, T>(tracing: TracingChannel<object, C>, context: C, run: () => T): T {
  try {
    return run();
  } catch (error) {
    context.error = error;
    tracing.error.publish(context);
    throw error;
  } finally {
    tracing.end.publish(context);
  }
}

/** With `NODE_DEBUG=zk-recipes`, every message becomes a line on standard error. */
if (debug?.enabled) {
  const print = (message: unknown, name: string | symbol): void => {
    const { path, aspect, state, sessionId, cause, reason, event, error } = message as Partial<
      WatchDeliverMessage & ClientStateMessage & WatchMessage
    >;
    const topic = String(name).replace(/^(tracing:)?zk-recipes:/, '');
    const session = sessionId ? `session ${toHex(sessionId)}` : undefined;
    const parts = [topic, aspect, path, state, session, cause?.message, reason, event?.type, error];
    debug?.('%s', parts.filter((part) => part !== undefined).join(' '));
  };
  for (const plain of [clientState, watchStop, watchResynced]) plain.subscribe(print);
  for (const { start, error } of [watchRead, watchDeliver]) for (const each of [start, error]) each.subscribe(print);
}
