/** How the adapter of node-zookeeper-client guards an object of it. */
export const ADAPTER = {
  /** Ticks of the adapter's clock in one session timeout. Each sends a heartbeat, which keeps the session alive. */
  ticksPerTimeout: 6,
  /**
   * A connection or an attempt that was not answered for so many ticks is ended, after two thirds of the timeout: the
   * session can still be saved.
   */
  silentTicks: 3,
  /** A request that was not answered for so many ticks is rejected: three session timeouts. */
  settleTicks: 18,
  /** Requests in flight: with more of them the package's queue becomes quadratic. */
  requestsInFlight: 1_000,
} as const;
