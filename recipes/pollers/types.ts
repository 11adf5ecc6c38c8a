import type { CoordinationClient } from '../../lib/core/coordination-client.js';
import type { ChangeType } from '../changes/index.js';

/** The change of one entry (a znode, a file, an object) between two calls, whatever happened in between. Frozen. */
export interface PollEvent {
  /** The URL of the entry, without credentials. */
  readonly subject: string;
  /** How the entry has changed. */
  readonly type: ChangeType;
  /** Whether a modified entry was deleted and created again, or replaced by another one. */
  readonly recreated: boolean;
  /** The size in bytes; missing for a deleted entry, and for a directory. */
  readonly size?: number;
  /** When the entry was last modified, by the clock of the server or of the file system; missing for a deleted one. */
  readonly modified?: Date;
  /** The hash by which the server knows the content; missing where there is none. */
  readonly etag?: string;
  /** `true` for a directory; missing for anything else. */
  readonly directory?: boolean;
}

/** Options of one call of {@link Poller.getNewEvents}. */
export interface GetNewEventsOptions {
  /** Rejects the call with its reason when it aborts. */
  signal?: AbortSignal | undefined;
}

/** Options of {@link Poller.events}. */
export interface PollEventsOptions {
  /** How long to wait after a call without events, in ms; less where the source reports a change. Default 1,000. */
  interval?: number | undefined;
  /** Ends the loop when it aborts. */
  signal?: AbortSignal | undefined;
}

/** Reports what is new, changed or gone below a URL since the call before. Made by {@link makePoller}. */
export interface Poller extends AsyncDisposable {
  /** The URL, without the password. */
  readonly url: string;
  /** Whether entries at any depth belong to it, or only those directly below the URL. */
  readonly recurse: boolean;
  /** How changes are found. `stat`: a directory without notifications of the system, whose entries are all compared. */
  readonly kind: 'zookeeper' | 'inotify' | 'stat' | 'swift' | (string & {});
  /**
   * The changes since the call before, or since the checkpoint, or since {@link makePoller}: one for each entry.
   * Deletions come first, what is in a directory before it; then the rest, a directory before what is in it. A call
   * waits for those before it. When it rejects, nothing is lost: the next call reports it.
   *
   * @throws {@link PollerError} when the source could not be read.
   * @throws {@link WatchStoppedError} when the poller is closed.
   */
  getNewEvents(options?: GetNewEventsOptions): Promise<PollEvent[]>;
  /**
   * The same as a loop, which never gives an empty list and waits in between. It ends when the poller is closed, or the
   * signal aborts. It throws when a call rejects: a new loop continues after the last list.
   */
  events(options?: PollEventsOptions): AsyncIterableIterator<PollEvent[]>;
  /** The state after the last call that has resolved, as bytes from which another poller of the URL resumes. */
  checkpoint(): Buffer;
  /** Lets go of everything. A call in flight rejects. Idempotent. */
  close(): Promise<void>;
}

/** Options of {@link makePoller}. */
export interface PollerOptions {
  /** Whether entries at any depth belong to it. Default `false`: only those directly below the URL. */
  recurse?: boolean | undefined;
  /** Whether the first call reports what is there, as created. Default `false`: what is there is known. */
  initial?: boolean | undefined;
  /** A checkpoint of a poller of the same URL: the first call reports the changes since then. */
  since?: Uint8Array | undefined;
  /**
   * Files: a file is reported once its size and times have not changed for so long, in ms. A file that is being written
   * is then reported once. Default 0.
   */
  timeBoundary?: number | undefined;
  /** For `zk:/path`: the client to use. It is not closed with the poller. */
  client?: CoordinationClient | undefined;
  /** Sends the requests in place of the global `fetch`. */
  fetch?: typeof fetch | undefined;
  /** Whether a missing directory is made, with those above it. Default `false`: it rejects. */
  create?: boolean | undefined;
  /** Whether an entry, and all below it, is left out. Called with subjects; must not depend on what changes. */
  ignore?: ((subject: string) => boolean) | undefined;
  /** Closes the poller when it aborts. */
  signal?: AbortSignal | undefined;
}

/** Makes the pollers of a scheme. It rejects when it cannot, and the next one of the scheme is asked. */
export type PollerMaker = (url: string, options: PollerOptions) => Promise<Poller>;
