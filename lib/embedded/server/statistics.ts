/** The counters that four-letter words report. */
export class Statistics {
  readonly startedAt = performance.now();
  received = 0;
  /** The number of packets sent on connections that have ended. */
  sent = 0;
}
