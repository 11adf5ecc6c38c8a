import fc from 'fast-check';
import type { Aspect } from '../../oracle/moment.js';

export const PATHS = ['/a', '/b'] as const;
const path = fc.constantFrom(...PATHS);

/** The behaviour of a watch's function in one call. `later` takes 30 ms. */
export type Manner = 'returns' | 'returns later' | 'throws' | 'throws later' | 'false' | 'false later' | 'stops itself';

export type WatchStep =
  | {
      readonly do: 'watch';
      readonly aspect: Aspect;
      readonly path: string;
      readonly waits: boolean;
      readonly manners: Manner[];
    }
  | { readonly do: 'stop'; readonly nth: number }
  | { readonly do: 'create' | 'set' | 'delete' | 'replace' | 'acl' | 'child'; readonly path: string }
  | { readonly do: 'pass'; readonly ms: number }
  /** Answers are held back from now on, or released. */
  | { readonly do: 'hold' }
  | { readonly do: 'release' }
  | { readonly do: 'suspended' }
  | { readonly do: 'lost' }
  | { readonly do: 'connected' }
  | { readonly do: 'reconnected' }
  /** Reads fail with this error from now on. */
  | { readonly do: 'fail'; readonly of: 'NO_AUTH' | 'CONNECTION_LOSS' | 'SYSTEM_ERROR' | null }
  /** From the next connection on a server answers that has only the state of now: where no `epoch` is promised. */
  | { readonly do: 'lag' }
  /** Everything recovers, and every pending delivery arrives. */
  | { readonly do: 'rest' };

const manner: fc.Arbitrary<Manner> = fc.oneof(
  { weight: 6, arbitrary: fc.constant('returns' as const) },
  { weight: 4, arbitrary: fc.constant('returns later' as const) },
  { weight: 1, arbitrary: fc.constantFrom<Manner>('throws', 'throws later') },
  { weight: 1, arbitrary: fc.constantFrom<Manner>('false', 'false later', 'stops itself') },
);

const watch = fc.record({
  do: fc.constant('watch' as const),
  aspect: fc.constantFrom<Aspect>('data', 'children'),
  path,
  /** Whether the watch waits for a missing znode; a DataWatch always does. */
  waits: fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
  manners: fc.array(manner, { minLength: 1, maxLength: 6 }),
});

const only = <const T extends string>(...steps: T[]) => fc.record({ do: fc.constantFrom(...steps) });

const step: fc.Arbitrary<WatchStep> = fc.oneof(
  { weight: 4, arbitrary: watch },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('stop' as const), nth: fc.nat(5) }) },
  {
    weight: 10,
    arbitrary: fc.record({ do: fc.constantFrom('create', 'set', 'delete', 'replace', 'acl', 'child' as const), path }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(0, 5, 29, 30, 200, 40_000) }),
  },
  { weight: 4, arbitrary: only('hold', 'release') },
  { weight: 5, arbitrary: only('suspended', 'lost', 'connected', 'connected', 'connected') },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('fail' as const),
      of: fc.constantFrom('NO_AUTH', 'CONNECTION_LOSS', 'SYSTEM_ERROR', null, null),
    }),
  },
  { weight: 4, arbitrary: only('lag', 'reconnected', 'reconnected') },
  { weight: 2, arbitrary: only('rest') },
);

/** A sequence of steps that watches and their znodes go through. */
export interface WatchStory {
  readonly chance: number;
  /** Whether the znodes exist from the start. */
  readonly beginsWithNodes: boolean;
  readonly steps: readonly WatchStep[];
}

export const watchStory: fc.Arbitrary<WatchStory> = fc.record({
  chance: fc.nat(),
  beginsWithNodes: fc.boolean(),
  steps: fc.tuple(watch, fc.array(step, { maxLength: 40, size: 'max' })).map(([first, rest]) => [first, ...rest]),
});
