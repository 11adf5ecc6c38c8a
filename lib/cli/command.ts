/** One command of `zk-recipes`. */
export interface Command {
  /** The text of `--help`, which is printed for wrong arguments too. */
  readonly help: string;
  /**
   * Runs the command, and returns the exit code.
   *
   * @throws UsageError for wrong arguments, CommandError or {@link ZooKeeperError} when the command fails
   */
  run(args: readonly string[]): Promise<number>;
}
