/** A set of files with one purpose, and the rooms that it may depend on, directly or through others. */
export interface Room {
  readonly name: string;
  /** Files, or folders with their `/`. The longest that matches a file decides its room. */
  readonly files: readonly string[];
  readonly knows: readonly string[] | 'all';
  readonly packages?: readonly string[];
}

const CORE = ['errors', 'core'];
const CLIENT = [...CORE, 'protocol', 'connection', 'session', 'client'];
const OBSERVING = ['observing', 'delivering'];
const WATCHES = [...OBSERVING, 'watches', 'decorators'];
const TREE = [...OBSERVING, 'changes', 'tree'];
const EMBEDDED = ['embedded basics', 'journal', 'embedded'];

/** The rooms of the library. Some do not exist yet: their rows are the plan. */
const LIBRARY: readonly Room[] = [
  { name: 'errors', files: ['lib/core/errors.ts', 'lib/core/zookeeper-error.ts'], knows: [] },
  { name: 'core', files: ['lib/core/'], knows: ['errors'], packages: ['eventemitter3'] },
  { name: 'protocol', files: ['lib/protocol/'], knows: CORE },

  { name: 'connection', files: ['lib/zookeeper/connection/'], knows: [...CORE, 'protocol'] },
  { name: 'session', files: ['lib/zookeeper/session/'], knows: [...CORE, 'protocol', 'connection'] },
  { name: 'client', files: ['lib/zookeeper/'], knows: [...CORE, 'protocol', 'connection', 'session'] },
  {
    name: 'node-zookeeper-client',
    files: ['lib/node-zookeeper-client/'],
    knows: CORE,
    packages: ['node-zookeeper-client'],
  },

  {
    name: 'embedded basics',
    files: ['lib/embedded/errors.ts', 'lib/embedded/hex.ts', 'lib/embedded/limits.ts'],
    knows: ['errors'],
  },
  { name: 'journal', files: ['lib/embedded/journal/'], knows: ['errors', 'embedded basics'] },
  { name: 'embedded', files: ['lib/embedded/'], knows: [...CORE, 'protocol', 'embedded basics', 'journal'] },

  { name: 'observing', files: ['recipes/observing/'], knows: CORE },
  { name: 'delivering', files: ['recipes/delivering/'], knows: [...CORE, 'observing'] },
  { name: 'watches', files: ['recipes/watches/'], knows: [...CORE, ...OBSERVING] },
  { name: 'decorators', files: ['recipes/decorators/'], knows: [...CORE, ...WATCHES, ...TREE] },
  { name: 'changes', files: ['recipes/changes/'], knows: CORE },
  { name: 'tree', files: ['recipes/tree/'], knows: [...CORE, ...OBSERVING, 'changes'] },
  { name: 'events', files: ['recipes/events/'], knows: [...CORE, ...TREE] },
  { name: 'pollers', files: ['recipes/pollers/'], knows: [...CORE, ...TREE] },
  {
    // Makes the client of a zk://host URL, so it stands above the client.
    name: 'making pollers',
    files: [
      'recipes/pollers/index.ts',
      'recipes/pollers/make-poller.ts',
      'recipes/pollers/znodes/make-znode-poller.ts',
    ],
    knows: [...CLIENT, ...TREE, 'pollers'],
  },
  { name: 'blobs', files: ['recipes/blobs/'], knows: [...CORE, ...TREE] },
  { name: 'remote', files: ['recipes/remote/'], knows: [...CORE, ...TREE, 'events', 'blobs'], packages: ['ws'] },

  { name: 'http', files: ['lib/http/'], knows: [...CORE, ...TREE, 'events', 'blobs'], packages: ['ws'] },

  { name: 'conformance', files: ['testing/conformance/'], knows: [...CORE, ...TREE, 'watches'] },

  { name: 'front door', files: ['index.ts'], knows: [...CLIENT, ...WATCHES, ...TREE, 'events'] },
  {
    name: 'command',
    files: ['lib/cli/'],
    knows: [
      ...[...CLIENT, ...WATCHES, ...TREE, 'events', 'pollers', 'making pollers', 'front door', ...EMBEDDED],
      ...['blobs', 'http', 'remote'],
    ],
  },
];

const PUBLISHED = LIBRARY.map(({ name }) => name).filter((name) => name !== 'command');

/** The rooms around the library, which are not published. */
const AROUND: readonly Room[] = [
  { name: 'testing', files: ['testing/'], knows: [...CLIENT, ...EMBEDDED], packages: ['esbuild', 'vite', 'vitest'] },
  {
    name: 'bench',
    files: ['bench/'],
    knows: [...PUBLISHED, 'testing'],
    packages: ['chokidar', 'node-zookeeper-client', 'vite', 'ws'],
  },
  {
    name: 'examples',
    files: ['examples/'],
    knows: [...PUBLISHED, 'testing'],
    packages: [
      '@opentelemetry/api',
      '@opentelemetry/sdk-trace-base',
      'fastify',
      'node-zookeeper-client',
      'prom-client',
    ],
  },
  { name: 'spec', files: ['spec/'], knows: 'all' },
  { name: 'scripts', files: ['scripts/'], knows: 'all' },
  { name: 'settings', files: ['vitest.config.ts'], knows: [], packages: ['vitest'] },
];

export const ROOMS: readonly Room[] = [...LIBRARY, ...AROUND];

/** Folders that other rooms may import by their index.ts only; specs and scripts are exempt. */
export const FAMILIES: readonly string[] = [
  'lib/embedded/',
  'lib/http/',
  'lib/node-zookeeper-client/',
  'recipes/observing/',
  'recipes/delivering/',
  'recipes/watches/',
  'recipes/decorators/',
  'recipes/changes/',
  'recipes/tree/',
  'recipes/events/',
  'recipes/pollers/',
  'recipes/blobs/',
  'recipes/remote/',
  'testing/conformance/',
];
