/** What `npm run bench -- --json` prints. */
export interface Results {
  readonly machine: Machine;
  /** What was checked out, and whether something was changed since; null outside of a repository. */
  readonly commit: string | null;
  /** How often each figure was measured, unless there are fewer `rounds` of it. */
  readonly rounds: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly results: readonly Result[];
  readonly missing: readonly Missing[];
}

/** Where it was measured. */
export interface Machine {
  readonly system: string;
  readonly processor: string;
  readonly processors: number;
  readonly memoryBytes: number;
  readonly loadAtStart: number | undefined;
}

/** One figure of one measurement at one size. */
export interface Result {
  readonly measurement: string;
  readonly about: string;
  readonly size: number;
  /** With its unit. */
  readonly figure: string;
  readonly contenders: Readonly<Record<string, Summary>>;
}

/** One figure of one contender. */
export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** A value a round. */
  readonly rounds: readonly number[];
  /** Of the medians; not of ours. */
  readonly ratioToOurs?: number;
}

/** Why a contender has no figures of a measurement. */
export interface Missing {
  readonly measurement: string;
  readonly size: number;
  readonly contender: string;
  readonly reason: string;
}
