/** A command to a contender: one line of JSON on its standard input. */
export type Command =
  | {
      /** Watches each of these znodes with that many watches. */
      readonly do: 'arm';
      readonly paths: readonly string[];
      readonly watchesPerNode: number;
    }
  | {
      /** Answers that it is ready, later with the cost until every nth znode's watches were called with the number. */
      readonly do: 'follow';
      readonly sequence: number;
      readonly everyNth: number;
      readonly measuresBlocks: boolean;
    }
  | {
      /** Does nothing for that long, and answers with the cost. */
      readonly do: 'rest';
      readonly ms: number;
    }
  | { readonly do: 'report session' }
  | {
      /** Answers that it is ready when the watch has made its first call. */
      readonly do: 'watch children';
      readonly path: string;
    }
  | {
      /** Answers that it is ready, later with the cost until the watch was called with a list that has the child. */
      readonly do: 'follow children';
      readonly lastChild: string;
    }
  | {
      /** Answers that it is ready, and later with the time at which the children had not changed for that long. */
      readonly do: 'settle';
      readonly path: string;
      readonly boundaryMs: number;
    }
  | {
      /** Watches a tree, and answers with the cost until it is complete. Each leaf has its index in its name. */
      readonly do: 'watch tree';
      readonly root: string;
      readonly leaves: number;
    }
  | {
      /**
       * Answers that it is ready, later with the time from each change until its call: their data is the number of µs
       * at which they were made, until a znode has the sequence number.
       */
      readonly do: 'time changes';
      readonly sequence: number;
    };

/** The contender is connected, or ready for the changes that follow a command. */
export interface Greeting {
  readonly ready: true;
  readonly versions?: Readonly<Record<string, string>>;
}

/** The cost of the calls that a contender waited for. Times are ms of the machine's monotonic clock. */
export interface Counts {
  /** The time of the last call. */
  readonly endedAt: number;
  /** The time at which the client last reported that it is connected; null when it makes no such report. */
  readonly connectedAt: number | null;
  readonly calls: number;
  /** Processor time of the whole process. */
  readonly cpuMs: number;
  /** The longest time for which the event loop was blocked; null when it was not measured. */
  readonly longestBlockMs: number | null;
}

/** The cost of arming. */
export interface Arming extends Counts {
  readonly tookMs: number;
  /** The growth since before arming, after a garbage collection; null when it cannot be known. */
  readonly heapBytes: number | null;
  readonly residentBytes: number;
}

/** The cost of doing nothing. */
export interface Resting {
  readonly tookMs: number;
  readonly cpuMs: number;
}

/** The credentials with which another connection takes the session over. */
export interface Session {
  /** A decimal number: 64 bits. */
  readonly id: string;
  /** In base64. */
  readonly password: string;
}

/** The cost of the calls of a children watch. */
export interface ChildrenCounts {
  readonly endedAt: number;
  readonly calls: number;
  readonly cpuMs: number;
  /** The SHA-1 of the last list, sorted, one name per line. */
  readonly digest: string;
}

/** The end of a patient watch's wait. */
export interface Settling {
  readonly settledAt: number;
}

/** The cost of watching a tree until it is complete. */
export interface TreeLoading {
  readonly tookMs: number;
  readonly cpuMs: number;
  /** The growth since before, after a garbage collection; null when it cannot be known. */
  readonly heapBytes: number | null;
  /** The longest time for which the event loop was blocked; null without an event loop. */
  readonly longestBlockMs: number | null;
  /** The number of znodes that the contender knows. */
  readonly znodes: number;
}

/** The times from changes to their calls; a change that a later one of its znode has replaced has none. */
export interface Timing {
  readonly latenciesMs: readonly number[];
}

/** One line of a contender's output. */
export type Answer = Greeting | Counts | Arming | Resting | Session | ChildrenCounts | Settling | TreeLoading | Timing;
