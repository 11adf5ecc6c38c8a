/** What a contender is told to do: one line of JSON on its standard input. */
export type Command =
  | {
      /** Watches each of these znodes, with so many watches. */
      readonly do: 'arm';
      readonly paths: readonly string[];
      readonly watchesPerNode: number;
    }
  | {
      /** Says that it is ready, and later what it cost until every nth znode's watches were called with this number. */
      readonly do: 'follow';
      readonly sequence: number;
      readonly everyNth: number;
      readonly measuresBlocks: boolean;
    }
  | {
      /** Does nothing for that long, and says what that cost. */
      readonly do: 'rest';
      readonly ms: number;
    }
  | { readonly do: 'tell session' }
  | {
      /** Says that it is ready once the watch has made its first call. */
      readonly do: 'watch children';
      readonly path: string;
    }
  | {
      /** Says that it is ready, and later what it cost until the watch was called with a list that has this child. */
      readonly do: 'follow children';
      readonly lastChild: string;
    }
  | {
      /** Says that it is ready, and later when the children had not changed for that long. */
      readonly do: 'settle';
      readonly path: string;
      readonly boundaryMs: number;
    };

/** That it is connected, or ready for what follows a command. */
export interface Greeting {
  readonly ready: true;
  readonly versions?: Readonly<Record<string, string>>;
}

/** What calls cost that a contender waited for. Times are ms of the machine's monotonic clock, which all processes share. */
export interface Counts {
  /** When the last one came. */
  readonly endedAt: number;
  /** When the client last said that it is connected; null when it does not say so. */
  readonly connectedAt: number | null;
  readonly calls: number;
  /** Processor time of the whole process. */
  readonly cpuMs: number;
  /** The longest time for which the event loop stood still; null when it was not measured, or there is none. */
  readonly longestBlockMs: number | null;
}

/** What arming cost. */
export interface Arming extends Counts {
  readonly tookMs: number;
  /** More than before, after a garbage collection; null when it cannot be known. */
  readonly heapBytes: number | null;
  readonly residentBytes: number;
}

/** What doing nothing cost. */
export interface Resting {
  readonly tookMs: number;
  readonly cpuMs: number;
}

/** What another connection needs to take the session over. */
export interface Session {
  /** A decimal number: 64 bits. */
  readonly id: string;
  /** In base64. */
  readonly password: string;
}

/** What the calls of a children watch cost. */
export interface ChildrenCounts {
  readonly endedAt: number;
  readonly calls: number;
  readonly cpuMs: number;
  /** Of the last list: its SHA-1, sorted, a name a line. */
  readonly digest: string;
}

/** When a patient watch had waited long enough. */
export interface Settling {
  readonly settledAt: number;
}

/** One line of a contender's output. */
export type Answer = Greeting | Counts | Arming | Resting | Session | ChildrenCounts | Settling;
