import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkCircles } from '../../scripts/house/circles.js';
import { readImports } from '../../scripts/house/imports.js';
import { checkEntries, checkRooms } from '../../scripts/house/room-rules.js';
import { readSourceTree } from '../../scripts/house/source-tree.js';
import { describeAll, graphWith, houseWith } from './planted.js';

const root = join(import.meta.dirname, '../..');

describe('this house', async () => {
  const tree = await readSourceTree(root);
  const graph = readImports(tree);

  it('is read at all', () => {
    const targetsOf = (file: string) => graph.get(file)?.map(({ to }) => to);
    expect(targetsOf('lib/zookeeper/client.ts')).toContain('lib/zookeeper/session/session.ts');
    expect(targetsOf('recipes/watches/data-watch.ts')).toContain('recipes/watches/aspect-controller.ts');
    expect(targetsOf('bench/clients/by-hand.ts')).toContain('node-zookeeper-client');
  });

  it('keeps the table of rooms', () => {
    expect(describeAll(checkRooms(graph))).toEqual([]);
  });

  it('has no circles of imports', () => {
    expect(describeAll(checkCircles(graph))).toEqual([]);
  });

  it('publishes by name, never by export *', () => {
    expect(describeAll(checkEntries(tree))).toEqual([]);
  });

  it('depends on few packages at run time', async () => {
    const { dependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    expect(Object.keys(dependencies)).toEqual(['@types/node', 'eventemitter3', 'ws']);
  });
});

describe('the table of rooms', () => {
  it('accepts a house that keeps it', () => {
    expect(describeAll(checkRooms(graphWith()))).toEqual([]);
  });

  it.each([
    ['the core knows nothing else', 'lib/core/logger.ts', '../protocol/codec.js', 'core', 'protocol'],
    ['the protocol knows no client', 'lib/protocol/codec.ts', '../zookeeper/client.js', 'protocol', 'client'],
    ['the protocol knows no server', 'lib/protocol/codec.ts', '../embedded/index.js', 'protocol', 'embedded'],
    ['the client knows no server', 'lib/zookeeper/client.ts', '../embedded/index.js', 'client', 'embedded'],
    ['the server knows no client', 'lib/embedded/server.ts', '../zookeeper/client.js', 'embedded', 'client'],
    [
      'a connection knows no session',
      'lib/zookeeper/connection/connection.ts',
      '../session/session.js',
      'connection',
      'session',
    ],
    ['a session knows no client', 'lib/zookeeper/session/session.ts', '../client.js', 'session', 'client'],
    [
      'the journal knows nothing of its contents',
      'lib/embedded/journal/journal.ts',
      '../server.js',
      'journal',
      'embedded',
    ],
    [
      'the journal knows of the core only the errors',
      'lib/embedded/journal/journal.ts',
      '../../core/logger.js',
      'journal',
      'core',
    ],
    ['the library knows no recipe', 'lib/zookeeper/client.ts', '../../recipes/watches/index.js', 'client', 'watches'],
    ['the library knows no front door', 'lib/embedded/server.ts', '../../index.js', 'embedded', 'front door'],
    ['the library knows no command', 'lib/zookeeper/client.ts', '../cli/main.js', 'client', 'command'],
    ['the library knows no testing', 'lib/zookeeper/client.ts', '../../testing/fake.js', 'client', 'testing'],
    ['a recipe knows no client', 'recipes/watches/data-watch.ts', '../../lib/zookeeper/client.js', 'watches', 'client'],
    [
      'a recipe knows no protocol',
      'recipes/observing/node-observer.ts',
      '../../lib/protocol/codec.js',
      'observing',
      'protocol',
    ],
    ['a recipe knows no server', 'recipes/tree/index.ts', '../../lib/embedded/index.js', 'tree', 'embedded'],
    ['a recipe knows no front door', 'recipes/tree/index.ts', '../../index.js', 'tree', 'front door'],
    ['a recipe knows no testing', 'recipes/tree/index.ts', '../../testing/fake.js', 'tree', 'testing'],
    ['observing knows no watches', 'recipes/observing/node-observer.ts', '../watches/index.js', 'observing', 'watches'],
    ['watches know no decorators', 'recipes/watches/data-watch.ts', '../decorators/index.js', 'watches', 'decorators'],
    ['a tree knows no watches', 'recipes/tree/index.ts', '../watches/index.js', 'tree', 'watches'],
    ['a tree knows no events', 'recipes/tree/index.ts', '../events/index.js', 'tree', 'events'],
    ['pollers know no events', 'recipes/pollers/poll-loop.ts', '../events/index.js', 'pollers', 'events'],
    ['blobs know no events', 'recipes/blobs/index.ts', '../events/index.js', 'blobs', 'events'],
    ['a family knows no HTTP', 'recipes/blobs/index.ts', '../../lib/http/index.js', 'blobs', 'http'],
    ['testing knows no spec', 'testing/fake.ts', '../spec/support/fixture.js', 'testing', 'spec'],
    ['testing knows no front door', 'testing/fake.ts', '../index.js', 'testing', 'front door'],
    ['a bench knows no spec', 'bench/bench.ts', '../spec/support/fixture.js', 'bench', 'spec'],
    ['an example knows no spec', 'examples/example.ts', '../spec/support/fixture.js', 'examples', 'spec'],
  ])('rejects a violation: %s', (_, from, specifier, room, stranger) => {
    const found = describeAll(checkRooms(graphWith({ [from]: [specifier] })));
    expect(found).toContainEqual(expect.stringContaining(`${from}: ${room} must not know ${stranger}: ${from} → `));
  });

  it('rejects a wrong room that is reached through other files', () => {
    const graph = graphWith({ 'lib/core/errors.ts': ['../protocol/codec.js'] });
    expect(describeAll(checkRooms(graph))).toContain(
      'recipes/observing/node-observer.ts: observing must not know protocol: recipes/observing/node-observer.ts' +
        ' → lib/core/logger.ts → lib/core/errors.ts → lib/protocol/codec.ts',
    );
  });

  it.each([
    ['import type', "import type { A } from '../protocol/codec.js';"],
    ['an inline type', "import { type A } from '../protocol/codec.js';"],
    ['the type of an import', "type A = import('../protocol/codec.js').A;"],
    ['a dynamic import', "const a = await import('../protocol/codec.js');"],
    ['an import for its effects', "import '../protocol/codec.js';"],
    ['a re-export', "export { a } from '../protocol/codec.js';"],
    ['a re-export of types', "export type * from '../protocol/codec.js';"],
  ])('counts %s', (_, source) => {
    const graph = readImports(new Map([...houseWith(), ['lib/core/planted.ts', source]]));
    expect(describeAll(checkRooms(graph))).toContain(
      'lib/core/planted.ts: core must not know protocol: lib/core/planted.ts → lib/protocol/codec.ts',
    );
  });

  it.each([
    ['a file in no room', 'lib/attic/box.ts', [], 'lib/attic/box.ts: belongs to no room'],
    ['a file that is not there', 'lib/core/logger.ts', ['./gone.js'], 'imports lib/core/gone.js, which is no file'],
    [
      'the inside of a family',
      'recipes/decorators/index.ts',
      ['../watches/data-watch.js'],
      'not recipes/watches/index.ts',
    ],
    ['the inside of the server', 'examples/example.ts', ['../lib/embedded/server.js'], 'not lib/embedded/index.ts'],
    ['a package', 'lib/protocol/codec.ts', ['eventemitter3'], 'must not import the package eventemitter3'],
    ['a scoped package', 'lib/core/logger.ts', ['@scope/name/part'], 'must not import the package @scope/name'],
    [
      'node-zookeeper-client under the client',
      'lib/zookeeper/connection/connection.ts',
      ['node-zookeeper-client/lib/jute/index.js'],
      'must not import the package node-zookeeper-client',
    ],
  ])('rejects %s', (_, file, imports, message) => {
    const found = describeAll(checkRooms(graphWith({ [file]: imports })));
    expect(found).toEqual([expect.stringContaining(message)]);
  });
});

describe('an entry', () => {
  it.each(["export * from './x.js';", "export * as x from './x.js';", "export type * from './x.js';"])(
    'rejects %s',
    (line) => {
      const tree = new Map([['recipes/tree/index.ts', `export { a } from './a.js';\n${line}\n`]]);
      expect(describeAll(checkEntries(tree))).toEqual(['recipes/tree/index.ts:2: publishes by export *']);
    },
  );

  it('accepts exports by name', () => {
    expect(checkEntries(new Map([['index.ts', "export type { A } from './a.js';\n"]]))).toEqual([]);
  });
});
