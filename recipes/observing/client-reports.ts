import type { ClientState, CoordinationClient, Watcher } from '../../lib/core/coordination-client.js';
import { callGuarded } from '../../lib/core/guarded-emitter.js';
import { LastingTrouble, type Line, type Manner, seconds } from '../../lib/core/lasting-trouble.js';
import { SPEECH } from '../../lib/core/limits.js';
import { guardLogger, type Logger } from '../../lib/core/logger.js';
import { type Delay, Overdue } from '../../lib/core/overdue.js';
import { reportThrown } from '../../lib/core/thrown.js';

/** Anything that concerns one path. */
interface OfPath {
  readonly path: string;
}

const all = new WeakMap<CoordinationClient, ClientReports>();

/** The reports of all watches of a client. */
export function reportsOf(client: CoordinationClient): ClientReports {
  let reports = all.get(client);
  if (!reports) {
    reports = new ClientReports(client);
    all.set(client, reports);
  }
  return reports;
}

/** Writes to the client's logger what no listener takes, and what would otherwise stay silent. */
export class ClientReports {
  /** The calls that have not settled, each by the watch whose function or loop it is. */
  readonly calls = new Overdue<OfPath>(SPEECH.unsettledAfter, (delay) => this.#unsettled(delay), true);
  /** The watches that have neither a function nor a loop. */
  readonly unused = new Overdue<OfPath>(SPEECH.unusedAfter, (delay) => this.#unused(delay), false);
  readonly #client: CoordinationClient;
  readonly #log: Logger;
  readonly #trouble: LastingTrouble;

  constructor(client: CoordinationClient) {
    this.#client = client;
    this.#log = guardLogger(client.logger);
    // The timer of a line must not outlive the client, and a client without such a line keeps no listener.
    this.#trouble = new LastingTrouble(this.#log, (isPending) => {
      if (isPending) client.on('state', this.#onState);
      else client.off('state', this.#onState);
    });
  }

  /** Code of a user threw. Each error reaches the logger: at debug level when it is one of many of its kind. */
  threw(error: unknown, place: string, path: string, advice?: string): void {
    reportThrown(this.#trouble, error, place, path, advice);
  }

  /** Lets go of a watcher. A client of another package may fail at it. */
  removeWatcher(path: string, watcher: Watcher): void {
    const remove = (): unknown => this.#client.removeWatcher?.(path, watcher);
    callGuarded(remove, [], (error) => this.threw(error, "the client's removeWatcher", path));
  }

  /** Reports a trouble of a path. Troubles of the same reason share their lines. */
  trouble(reason: string, line: Line, manner?: Manner): void {
    this.#trouble.report(reason, line, manner);
  }

  /** So many watches wait for a client that nobody connects. */
  notConnecting(watches: number): void {
    const message = `connect() was not called, or has failed, and ${count(watches, 'path')} to watch: call connect()`;
    this.#log.warn({ paths: watches }, message);
  }

  #unsettled({ oldest: { path }, lastingMs, items }: Delay<OfPath>): void {
    const message =
      `the function or the loop's body of the watch of ${path} has not settled for ${seconds(lastingMs)}, and its ` +
      `watch waits for it: limit the time of what it awaits${inAll(items, 'calls')}`;
    const since = new Date(Date.now() - lastingMs).toISOString();
    this.#log.warn({ path, since, lastingMs: Math.round(lastingMs), ...pathsOf(items) }, message);
  }

  #unused({ oldest: { path }, items }: Delay<OfPath>): void {
    if (this.#client.state === 'closed') return;
    const message =
      `the watch of ${path} has neither a function nor a loop, and watches nothing: call register(func), iterate over ` +
      `it, or stop it${inAll(items, 'watches')}`;
    this.#log.warn({ path, ...pathsOf(items) }, message);
  }

  readonly #onState = (state: ClientState): void => {
    if (state === 'closed') this.#trouble.end();
  };
}

function pathsOf(items: readonly OfPath[]): { readonly paths?: readonly string[] } {
  const paths = new Set<string>();
  for (const { path } of items) if (paths.size < SPEECH.paths) paths.add(path);
  return paths.size > 1 ? { paths: [...paths] } : {};
}

function inAll({ length }: readonly unknown[], noun: string): string {
  return length > 1 ? ` (${length} ${noun} in all)` : '';
}

function count(number: number, noun: string): string {
  return number === 1 ? `there is 1 ${noun}` : `there are ${number} ${noun}s`;
}
