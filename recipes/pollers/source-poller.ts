import { abortWith, onAbort } from '../../lib/core/abort.js';
import { atCaller } from '../../lib/core/at-caller.js';
import { InvalidArgumentError, WatchStoppedError, ZooKeeperError } from '../../lib/core/errors.js';
import { reasonOf } from '../../lib/core/reason.js';
import { inSlices } from '../tree/index.js';
import { changesOf, type EntryChange, eventsOf, knownBefore, remember, rememberAll } from './compared.js';
import { PollerError } from './errors.js';
import { decodePollState, encodePollState } from './poll-checkpoint.js';
import { PollLoop, type PollLoopOwner } from './poll-loop.js';
import { validateCallOptions, validateLoopOptions } from './poller-options.js';
import type { KnownEntry, Source } from './source.js';
import type { GetNewEventsOptions, PollEvent, PollEventsOptions, Poller, PollerOptions } from './types.js';

/**
 * Makes the poller of a source, which belongs to it from now on. Resolves once the baseline stands.
 *
 * @param options are valid
 * @throws {@link PollerError} when the source cannot be read.
 * @throws {@link InvalidCheckpointError} when `since` is none, or of another URL.
 */
export async function pollSource(source: Source, options: PollerOptions = {}): Promise<Poller> {
  let poller: SourcePoller | undefined;
  try {
    poller = new SourcePoller(source, options);
    await poller.begin().catch(atCaller);
    return poller;
  } catch (error) {
    await (poller ?? source).close();
    throw error;
  }
}

/** Turns what a source finds into events: one call at a time, each from where the one before has ended. */
class SourcePoller implements Poller, PollLoopOwner {
  readonly url: string;
  readonly recurse: boolean;
  readonly #source: Source;
  readonly #hasBaseline: boolean;
  readonly #loops = new Set<PollLoop>();
  readonly #closing = new AbortController();
  /** Missing while the constructor runs. */
  readonly #letGo: (() => void) | undefined;
  #known = new Map<string, KnownEntry>();
  /** Those that are being taken over into what is known. */
  #changes: readonly EntryChange[] = [];
  #mark = '';
  /** Settles when the calls so far have. */
  #calls: Promise<unknown> = Promise.resolve();
  #closed: Promise<void> | undefined;

  constructor(source: Source, { recurse = false, initial = false, since, signal }: PollerOptions) {
    const { url } = source;
    this.url = url;
    this.recurse = recurse;
    this.#source = source;
    this.#hasBaseline = !initial && since === undefined;
    if (since) ({ known: this.#known, mark: this.#mark } = decodePollState(since, url));
    source.onPush?.(() => {
      for (const loop of this.#loops) loop.pushed();
    });
    this.#letGo = onAbort(signal, () => void this.#close(signal?.reason));
  }

  /** Known once the source is open. */
  get kind(): string {
    return this.#source.kind;
  }

  /** Makes what is there known, unless it is to be reported. */
  async begin(): Promise<void> {
    await this.#inTurn(undefined, async (signal) => {
      await this.#source.open(signal);
      if (this.#hasBaseline) await this.#look(true, signal);
    });
  }

  async getNewEvents(options?: GetNewEventsOptions): Promise<PollEvent[]> {
    validateCallOptions(options);
    return await this.#inTurn(options?.signal, (signal) => this.#look(false, signal)).catch(atCaller);
  }

  events(options?: PollEventsOptions): AsyncIterableIterator<PollEvent[]> {
    validateLoopOptions(options);
    return new PollLoop(this, options ?? {});
  }

  checkpoint(): Buffer {
    // All of a call or nothing: its events are not given before its changes are taken over.
    const known = this.#changes.length > 0 ? knownBefore(this.#known, this.#changes) : this.#known;
    return encodePollState({ url: this.url, mark: this.#mark, known });
  }

  close(): Promise<void> {
    return this.#close(new WatchStoppedError(`the poller of ${this.url} is closed`));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  loopBegan(loop: PollLoop): void {
    this.#loops.add(loop);
    if (this.#closed) loop.end();
  }

  loopEnded(loop: PollLoop): void {
    this.#loops.delete(loop);
  }

  #close(reason: unknown): Promise<void> {
    if (this.#closed) return this.#closed;
    this.#closing.abort(reason);
    this.#letGo?.();
    // First the field: what follows may call this again.
    this.#closed = Promise.resolve().then(() => this.#source.close());
    this.#closed.catch(() => {});
    for (const loop of [...this.#loops]) loop.end();
    return this.#closed;
  }

  /** Runs after the calls before. Rejects at once when a signal aborts before that. */
  #inTurn<T>(signal: AbortSignal | undefined, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const call = new AbortController();
    const letGo = abortWith(call, signal, this.#closing.signal);
    return new Promise((resolve, reject) => {
      let hasBegun = false;
      // Later the source decides: what it has found all the same must be reported.
      onAbort(call.signal, () => !hasBegun && reject(call.signal.reason));
      this.#calls = this.#calls.then(async () => {
        hasBegun = true;
        try {
          call.signal.throwIfAborted();
          resolve(await run(call.signal));
        } catch (error) {
          reject(this.#toError(error, call.signal));
        }
        letGo();
      });
    });
  }

  async #look(isBaseline: boolean, signal: AbortSignal): Promise<PollEvent[]> {
    const source = this.#source;
    const { found, mark = '' } = await source.look({ known: this.#known, mark: this.#mark, isBaseline, signal });
    if (isBaseline) {
      this.#known = await inSlices(rememberAll(found));
      this.#mark = mark;
      return [];
    }
    const changes = await inSlices(changesOf(this.#known, found));
    const events = await inSlices(eventsOf(changes, source));
    this.#changes = changes;
    await inSlices(remember(this.#known, changes));
    this.#changes = [];
    this.#mark = mark;
    return events;
  }

  #toError(error: unknown, signal: AbortSignal): unknown {
    const isOwn = error instanceof PollerError || error instanceof InvalidArgumentError;
    if (isOwn || (signal.aborted && error === signal.reason)) return error;
    const { url } = this;
    const details = { url, cause: error, ...(error instanceof ZooKeeperError && { retryable: error.retryable }) };
    return new PollerError(`${url} could not be polled: ${reasonOf(error)}`, details);
  }
}
