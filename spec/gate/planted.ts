import { readImports } from '../../scripts/house/imports.js';
import type { SourceTree, Violation } from '../../scripts/house/source-tree.js';

/** A small house that keeps all rules, with one file of each room that the specs plant into. */
const HOUSE: Readonly<Record<string, readonly string[]>> = {
  'index.ts': ['./lib/zookeeper/client.js', './recipes/watches/index.js', './recipes/decorators/index.js'],
  'lib/core/errors.ts': [],
  'lib/core/logger.ts': ['./errors.js', 'eventemitter3'],
  'lib/protocol/codec.ts': ['../core/errors.js'],
  'lib/zookeeper/client.ts': ['./session/session.js', '../core/logger.js'],
  'lib/zookeeper/session/session.ts': ['../connection/connection.js'],
  'lib/zookeeper/connection/connection.ts': ['../../protocol/codec.js', './socket.js'],
  'lib/zookeeper/connection/socket.ts': ['node:net'],
  'lib/embedded/index.ts': ['./server.js'],
  'lib/embedded/server.ts': ['./journal/journal.js', '../protocol/codec.js', 'node:net'],
  'lib/embedded/journal/journal.ts': ['../../core/errors.js', 'node:fs'],
  'lib/http/index.ts': ['../core/errors.js'],
  'lib/cli/main.ts': ['../../index.js', '../embedded/index.js'],
  'recipes/observing/index.ts': ['./node-observer.js'],
  'recipes/observing/node-observer.ts': ['../../lib/core/logger.js'],
  'recipes/watches/index.ts': ['./data-watch.js'],
  'recipes/watches/data-watch.ts': ['../observing/index.js'],
  'recipes/decorators/index.ts': ['../watches/index.js'],
  'recipes/tree/index.ts': ['../observing/index.js'],
  'recipes/events/index.ts': ['../tree/index.js'],
  'recipes/pollers/index.ts': ['../tree/index.js'],
  'recipes/blobs/index.ts': ['../tree/index.js'],
  'testing/fake.ts': ['../lib/core/logger.js'],
  'spec/support/fixture.ts': ['../../testing/fake.js', '../../recipes/watches/data-watch.js'],
  'bench/bench.ts': ['../index.js', '../testing/fake.js'],
  'examples/example.ts': ['../index.js', '../lib/embedded/index.js', '../testing/fake.js'],
};

/** The house with more imports of types in one of its files, or in a new one. */
export function houseWith(planted: Readonly<Record<string, readonly string[]>> = {}): SourceTree {
  const files = new Set([...Object.keys(HOUSE), ...Object.keys(planted)]);
  return new Map([...files].map((file) => [file, sourceOf([...(HOUSE[file] ?? []), ...(planted[file] ?? [])])]));
}

const sourceOf = (imports: readonly string[]): string =>
  imports.map((specifier) => `import type { X } from '${specifier}';\n`).join('');

export const graphWith = (planted?: Parameters<typeof houseWith>[0]) => readImports(houseWith(planted));

export const describeAll = (violations: readonly Violation[]): string[] =>
  violations.map(({ place, message }) => `${place}: ${message}`);
