/** One of the things that `zk-recipes` does. */
export interface Command {
  /** All about it, for `--help` and for whoever has misused it. */
  readonly help: string;
  /**
   * Does it, and gives the exit code.
   *
   * @throws UsageError for arguments that make no sense, {@link ZooKeeperError} when it cannot be done.
   */
  run(args: readonly string[]): Promise<number>;
}
