/** How much of the specs runs on a version of ZooKeeper. */
type Coverage = 'every spec' | 'the specs of the client and the recipes' | 'a smoke test' | 'TLS and SASL in FIPS mode';

/** The versions of ZooKeeper that the specs run on, as Debian packages them. */
export const ZOOKEEPER_VERSIONS = {
  '3.8.0': { suite: 'bookworm', runs: 'every spec' },
  '3.9.3': { suite: 'trixie', runs: 'the specs of the client and the recipes' },
  // Debian's next release, which may have a later version by now.
  '3.9.6': { suite: 'forky', runs: 'TLS and SASL in FIPS mode' },
  '3.4.13': { suite: 'bullseye', runs: 'a smoke test' },
} as const satisfies Record<string, { suite: string; runs: Coverage }>;

export type ZooKeeperVersion = keyof typeof ZOOKEEPER_VERSIONS;

/** Those that the specs of the client and the recipes run on, beside the one that is installed. */
export const SUITE_VERSIONS = (Object.keys(ZOOKEEPER_VERSIONS) as ZooKeeperVersion[]).filter(
  (version) => ZOOKEEPER_VERSIONS[version].runs === 'the specs of the client and the recipes',
);

interface Runtime {
  readonly name: 'Node' | 'Bun' | 'Deno';
  /** A range of npm. */
  readonly version: string;
  /** The npm package that brings it. */
  readonly package: string;
  /** Its program, in that package. */
  readonly program: string;
}

const node = (version: string): Runtime => ({
  name: 'Node',
  version,
  package: `node-${process.platform}-${process.arch}`,
  program: 'bin/node',
});

/** The runtimes that the packed package is run on. */
export const RUNTIMES: readonly Runtime[] = [
  node('20.19'),
  node('22'),
  node('24'),
  node('26'),
  { name: 'Bun', version: '1', package: `@oven/bun-${process.platform}-${process.arch}`, program: 'bin/bun' },
  { name: 'Deno', version: '2', package: 'deno', program: 'bin.cjs' },
];

/** The versions of TypeScript that a user's file is compiled with. */
export const TYPESCRIPT_VERSIONS = ['5.6', '5.9', '6.0'] as const;
