/** What the server counts of itself. */
export class Statistics {
  readonly startedAt = Date.now();
  received = 0;
  /** By connections that are gone. */
  sent = 0;
}
