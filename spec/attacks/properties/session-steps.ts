import fc from 'fast-check';

/** A step of the user, the network or the server. */
export type SessionStep =
  | { readonly do: 'connect'; readonly timeout: number }
  | { readonly do: 'read' }
  | { readonly do: 'watch' }
  | { readonly do: 'write' }
  | { readonly do: 'close' }
  | { readonly do: 'pass'; readonly ms: number }
  /** From now on servers answer at once, or only by steps. */
  | { readonly do: 'servers'; readonly answer: boolean }
  /** The server grants the session, or refuses a client that has seen newer transactions. */
  | { readonly do: 'open'; readonly sessionTimeout: number }
  /** The server answers the oldest requests, with its last transaction. */
  | { readonly do: 'answer'; readonly requests: number; readonly error: number }
  | { readonly do: 'answer-ping' }
  | { readonly do: 'event' }
  | { readonly do: 'end'; readonly kind: 'failed' | 'refused' | 'expired' | 'auth-failed' }
  /** The ensemble advances, or is set back to an older state. */
  | { readonly do: 'history'; readonly by: number };

const pause = fc.oneof(fc.constantFrom(0, 1, 10, 100, 1_000, 2_000, 3_000, 7_000), fc.integer({ min: 0, max: 4_000 }));

const step: fc.Arbitrary<SessionStep> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('connect' as const), timeout: fc.constantFrom(0, 500, 15_000) }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('read' as const, 'watch' as const, 'write' as const) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'close' as const }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: pause }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('servers' as const), answer: fc.boolean() }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('open' as const),
      sessionTimeout: fc.constantFrom(3_000, 3_000, 1_200, 8_000),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('answer' as const),
      requests: fc.integer({ min: 1, max: 4 }),
      error: fc.constantFrom(0, 0, 0, 0, -101, -4, -9_999),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ do: 'answer-ping' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'event' as const }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('end' as const),
      kind: fc.constantFrom('failed', 'failed', 'refused', 'expired', 'auth-failed' as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('history' as const), by: fc.integer({ min: -5, max: 5 }) }) },
);

/** A sequence of steps, and the seed of the client's chance. */
export interface SessionStory {
  readonly chance: number;
  readonly servers: number;
  /** Whether the client is connected at first: most stories would otherwise end early. */
  readonly beginsConnected: boolean;
  readonly steps: readonly SessionStep[];
}

export const sessionStory: fc.Arbitrary<SessionStory> = fc.record({
  chance: fc.nat(),
  servers: fc.integer({ min: 1, max: 3 }),
  beginsConnected: fc.boolean(),
  steps: fc.array(step, { maxLength: 40, size: 'max' }),
});
