/** An entry as it is kept between two calls, and in a checkpoint. */
export interface KnownEntry {
  /** Differs once the entry was deleted and created again; the same for all where that cannot be seen. */
  readonly id: string;
  /** Differs once the entry has changed. */
  readonly version: string;
  /** Whether it is a directory. */
  readonly isDirectory: boolean;
}

/** An entry as a source has just found it: a {@link KnownEntry} with the facts of its event. */
export interface FoundEntry extends KnownEntry {
  /** In bytes. */
  readonly size?: number | undefined;
  readonly modified?: Date | undefined;
  readonly etag?: string | undefined;
}

/** The entries of the call before, by their keys. */
export type KnownEntries = ReadonlyMap<string, KnownEntry>;

/** The question to a source. */
export interface Question {
  /** The entries of the last call that has succeeded; none for a poller with `initial`. Not to be kept. */
  readonly known: KnownEntries;
  /** As the answer before gave it, in another process perhaps; `''` at first. */
  readonly mark: string;
  /** Whether the answer is only remembered, as what is there at the start: then it needs no facts of events. */
  readonly isBaseline: boolean;
  /** Aborts when the call need not go on: reject with its reason. */
  readonly signal: AbortSignal;
}

/** The answer of a source. */
export interface Answer {
  /**
   * The entries that may differ from the known ones, as they are now; `null` for one that is gone. Entries that are not
   * in it have not changed. Those that are equal to the known ones may be in it: they cause no event. The
   * map belongs to the poller from then on.
   */
  readonly found: Map<string, FoundEntry | null>;
  /** Kept in checkpoints, and given to the next question: for anything that the source knows beside its entries. */
  readonly mark?: string;
}

/**
 * One kind of thing that can be polled. The poller around it asks one question at a time, compares, coalesces, queues
 * calls, writes checkpoints and waits; a source only says what there is.
 *
 * The key of an entry is any text that is unique below the URL; in the order of keys, a directory comes before what is
 * in it. Keys are in checkpoints, and so are `url`, ids, versions and marks: no secret may be in any of them.
 */
export interface Source {
  /** `Poller.kind`; known once the source is open. */
  readonly kind: string;
  /** Without the password: it stands in errors and checkpoints, and a checkpoint resumes only the same URL. */
  readonly url: string;
  /** The URL of an entry, without credentials: the subject of its events. */
  subjectOf(key: string): string;
  /**
   * Called once, before anything else: rejects when there is nothing to poll at the URL, or it cannot be reached. The
   * baseline, if there is to be one, is asked for later by `look`.
   */
  open(signal: AbortSignal): Promise<void>;
  /**
   * Finds what differs from what is known. Rejects unless all could be read, and then moves nothing: whatever it
   * learnt must be found again by the next question. Once it has resolved the call cannot fail any more. It leaves out
   * entries that the option `ignore` names.
   */
  look(question: Question): Promise<Answer>;
  /** The function to call when something may have changed; given once, before `open`. */
  onPush?(push: () => void): void;
  /** Lets go of everything; called once, also when `open` has rejected. */
  close(): Promise<void>;
}
