/** The counters that four-letter words report. */
export class Statistics {
  readonly startedAt = Date.now();
  received = 0;
  /** The number of packets sent on connections that have ended. */
  sent = 0;
}
