/** The versions of ZooKeeper that the specs run on, as Debian packages them. */
export const ZOOKEEPER_VERSIONS = {
  '3.8.0': { suite: 'bookworm', debian: 12 },
  '3.9.3': { suite: 'trixie', debian: 13 },
  '3.4.13': { suite: 'bullseye', debian: 11 },
} as const;

export type ZooKeeperVersion = keyof typeof ZOOKEEPER_VERSIONS;

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
