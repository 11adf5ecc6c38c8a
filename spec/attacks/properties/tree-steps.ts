import fc from 'fast-check';

/** Below, beside and above the roots that are watched, with names that sort around the slash. */
const TREE_PATHS = ['/a', '/a/b', '/a/b/c', '/a/b/c/d', '/a/b-', '/a/b-/c', '/a/e', '/ab', '/ab/c'] as const;
const ROOTS = ['/', '/a', '/a/b', '/ab'] as const;

/** The behaviour of a watch's function in one call. `later` takes 30 ms. */
export type TreeManner = 'returns' | 'returns later' | 'throws' | 'throws later' | 'false later' | 'stops itself';

export type TreeStep =
  | {
      readonly do: 'watch';
      readonly root: string;
      readonly data: boolean;
      readonly depth: number;
      readonly manners: readonly TreeManner[];
    }
  | { readonly do: 'subscribe'; readonly root: string; readonly manners: readonly TreeManner[] }
  /** A watch that resumes from the checkpoint of another one. */
  | { readonly do: 'resume'; readonly nth: number; readonly manners: readonly TreeManner[] }
  | { readonly do: 'checkpoint' | 'stop'; readonly nth: number }
  | { readonly do: 'create' | 'set' | 'delete' | 'replace' | 'refuse' | 'allow'; readonly path: string }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'hold' | 'release' | 'suspended' | 'lost' | 'connected' | 'ping' | 'backup' | 'restore' | 'rest' }
  /** From the next connection on. */
  | { readonly do: 'recursive'; readonly isKnown: boolean };

const manner: fc.Arbitrary<TreeManner> = fc.oneof(
  { weight: 6, arbitrary: fc.constant('returns' as const) },
  { weight: 4, arbitrary: fc.constant('returns later' as const) },
  { weight: 1, arbitrary: fc.constantFrom<TreeManner>('throws', 'throws later', 'false later', 'stops itself') },
);
const manners = fc.array(manner, { minLength: 1, maxLength: 6 });
const nth = fc.nat(5);
const path = fc.constantFrom(...TREE_PATHS);

const only = <const T extends string>(...steps: T[]) => fc.record({ do: fc.constantFrom(...steps) });

const step: fc.Arbitrary<TreeStep> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('watch' as const),
      root: fc.constantFrom(...ROOTS),
      data: fc.boolean(),
      depth: fc.constantFrom(Infinity, Infinity, 0, 1, 2),
      manners,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('subscribe' as const), root: fc.constantFrom(...ROOTS), manners }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('resume' as const), nth, manners }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('checkpoint' as const), nth }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('stop' as const), nth }) },
  {
    weight: 14,
    arbitrary: fc.record({ do: fc.constantFrom('create', 'create', 'set', 'delete', 'replace' as const), path }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('refuse', 'allow' as const), path }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(0, 1, 40, 1_000) }) },
  { weight: 4, arbitrary: only('hold', 'release', 'release', 'ping') },
  { weight: 4, arbitrary: only('suspended', 'lost', 'connected', 'connected', 'connected') },
  { weight: 1, arbitrary: only('backup', 'restore', 'rest') },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('recursive' as const), isKnown: fc.boolean() }) },
);

/** A story of trees, their client and their watches. */
export const treeStory = fc.record({
  chance: fc.integer(),
  paths: fc.subarray([...TREE_PATHS]),
  steps: fc.array(step, { minLength: 1, maxLength: 80, size: 'max' }),
});
