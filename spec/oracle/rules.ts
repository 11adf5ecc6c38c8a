/** The rules about calls, as the delivery contract states them. Every attack holds all of them. */
export const RULES = {
  'first-call': 'the function is called once the state is known, and its first call has no event',
  'real-state': 'each state delivered is one that the server held',
  order: 'no state is delivered after a newer one, and none twice in a row',
  'one-at-a-time': 'calls of one watch never overlap',
  'stop-is-final': 'no call begins after the watch has stopped',
  'stop-has-cause': 'a watch stops once, for a reason that occurred; of all results only `false` stops it',
  'throw-reported-once': 'an error of the function reaches the error listeners, or else the logger, exactly once',
  'event-agrees': 'the event agrees with the states before and after it',
  'own-turn': "no call begins inside the constructor, or inside a callback of the client's",
  'last-change': 'at rest the last call has the state that the server holds',
  'one-server-watch': 'the server holds one watch per path and aspect that is watched, and no other',
  'session-kept': 'a session is lost only if the servers ended it, or none was within reach for its timeout',
} as const;

export type Rule = keyof typeof RULES;

/** A breach of a rule by one watch, or by the watches of one client. */
export interface Violation {
  readonly rule: Rule;
  readonly message: string;
}

export function printViolation({ rule, message }: Violation): string {
  return `[${rule}] ${message}`;
}
