import type { ParseArgsConfig } from 'node:util';

/** Options of a command, as `parseArgs` takes them. */
export type CommandOptions = NonNullable<ParseArgsConfig['options']>;

/** One command of `zk-recipes`. */
export interface Command {
  /** The text of `--help`. Its first line is the usage, which is printed when an argument is missing. */
  readonly help: string;
  readonly options: CommandOptions;
  /** The words that may stand in the place of the first argument, such as the actions of `blob`. */
  readonly words?: readonly string[];
  /** Whether arguments are paths of znodes. Default `true`. */
  readonly takesPaths?: boolean;
  /**
   * Runs the command, and returns the exit code.
   *
   * @throws UsageError for wrong arguments, CommandError or {@link ZooKeeperError} when the command fails
   */
  run(args: readonly string[]): Promise<number>;
}

/** Commands by their names, each loaded on demand. */
export type LoadableCommands = ReadonlyMap<string, () => Promise<Command>>;

/** Runs the command that the words name. Returns the exit code. */
export type CommandRunner = (words: readonly string[]) => Promise<number>;
