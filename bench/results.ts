/** The JSON that `npm run bench -- --json` prints. */
export interface Results {
  readonly machine: Machine;
  /** The commit that is checked out, marked when files have changed since; null outside a repository. */
  readonly commit: string | null;
  /** The number of rounds of each figure; a contender may have fewer `rounds` of it. */
  readonly rounds: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly results: readonly Result[];
  readonly missing: readonly Missing[];
  /** The ratios of ours to another checkout, with `--against`, and of ours over TLS to ours. */
  readonly pairs?: readonly Pairs[];
}

/** The machine on which the bench ran. */
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
  /** Its name, with the unit. */
  readonly figure: string;
  readonly contenders: Readonly<Record<string, Summary>>;
}

/** One figure of one contender. */
export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** One value per round. */
  readonly rounds: readonly number[];
  /** The ratio of this contender's median to ours; missing for ours. */
  readonly ratioToOurs?: number;
}

/** The reason why a contender has no figures of a measurement. */
export interface Missing {
  readonly measurement: string;
  readonly size: number;
  readonly contender: string;
  readonly reason: string;
}

/** The ratios of one contender's figure to that of another, each of one round. */
export interface Pairs {
  readonly of: string;
  readonly to: string;
  readonly measurement: string;
  readonly size: number;
  readonly figure: string;
  readonly ratios: readonly number[];
  readonly median: number;
}
