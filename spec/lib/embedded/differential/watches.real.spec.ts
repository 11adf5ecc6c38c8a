import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Servers, transcript } from './compare.js';
import type { Program, Slot, Step } from './program.js';
import { startServers } from './servers.js';
import { ask, change, create, EVERYBODY, end, identify, PRIVATE, remove, znode } from './steps.js';

// Cases that random programs rarely reach. Each asserts a line of the real server which shows that it was reached.

let servers: Servers & AsyncDisposable;

beforeAll(async () => {
  servers = await startServers();
});

afterAll(() => servers[Symbol.asyncDispose]());

const alike = (program: Program): Promise<string> => transcript(servers, program);
const reading = { watch: true } as const;
const watchAll = (slot: Slot, path: string, mode: 0 | 1): Step => ask(slot, 'addWatch', { path, mode });

describe('watches of the embedded server, like those of a real one,', () => {
  it('have the latest mode for a connection, a path, and data or children', async () => {
    const changes = [change('A', '~/a'), create('A', '~/a/b'), remove('A', '~/a/b'), change('A', '~/a')];
    const watches: Step[] = [
      watchAll('B', '~/a', 0),
      watchAll('B', '~/a', 1),
      ask('B', 'getData', { path: '~/a', ...reading }),
      ask('B', 'getChildren', { path: '~/a', ...reading }),
      ask('B', 'exists', { path: '~/a', ...reading }),
    ];
    for (const first of watches) {
      for (const second of watches) {
        const answers = await alike([create('A', '~/a'), first, second, ...changes, ...changes]);
        expect(answers).toContain('B1 event');
      }
    }
  });

  it('send one event for a change that several of them match', async () => {
    const answers = await alike([
      create('A', '~/a'),
      ...['/', '~', '~/a'].map((path) => watchAll('B', path, 1)),
      watchAll('B', '~/a', 0),
      ask('B', 'getData', { path: '~/a', ...reading }),
      ask('B', 'getChildren', { path: '~/a', ...reading }),
      change('A', '~/a'),
      remove('A', '~/a'),
    ]);
    expect(answers.match(/B1 event 2/g)).toHaveLength(1);
    expect(answers.match(/B1 event 3/g)).toHaveLength(1);
  });

  it('can be removed for data or for children alone', async () => {
    for (const type of [1, 2, 3]) {
      for (const mode of [0, 1] as const) {
        const answers = await alike([
          create('A', '~/a'),
          watchAll('B', '~/a', mode),
          ask('B', 'removeWatches', { path: '~/a', type }),
          change('A', '~/a'),
          create('A', '~/a/b'),
          change('A', '~/a/b'),
          remove('A', '~/a/b'),
          ask('B', 'removeWatches', { path: '~/a', type: 1 }),
          ask('B', 'removeWatches', { path: '~/a', type: 2 }),
          remove('A', '~/a'),
        ]);
        expect(answers).toContain('error -121');
      }
    }
  });

  it('send no event of a znode that the connection may not read, and fire nevertheless', async () => {
    const answers = await alike([
      identify('A'),
      create('A', '~/a', 0, PRIVATE),
      watchAll('C', '~', 1),
      ask('B', 'exists', { path: '~/a', ...reading }),
      change('A', '~/a'),
      create('A', '~/a/b'),
      ask('A', 'setAcl', { path: '~/a', acl: [...EVERYBODY], version: -1 }),
      change('A', '~/a'),
      ask('B', 'getChildren', { path: '~', ...reading }),
      create('A', '~/e', 1, PRIVATE),
      end('A'),
    ]);
    expect(answers.match(/C1 event \d/g)).toEqual(['C1 event 1', 'C1 event 3']);
    expect(answers.match(/B1 event \d/g)).toEqual(['B1 event 4']);
  });

  it('send the changes since the relative zxid when they are set again', async () => {
    const lists = { data: ['~/a', '~/gone'], exist: ['~/a', '~/gone'], child: ['~/a', '~', '~/gone'] };
    for (const relativeZxid of [0n, 1n, 2n, 3n, 4n, 5n, 6n, 7n, 1_000n, -1n]) {
      const answers = await alike([
        create('A', '~/a'),
        create('A', '~/gone'),
        change('A', '~/a'),
        create('A', '~/a/b'),
        remove('A', '~/gone'),
        ask('B', 'setWatches', { relativeZxid, ...lists }),
        ask('B', 'setWatches2', { relativeZxid, ...lists, persistent: ['~/a', '~/new'], persistentRecursive: ['~'] }),
        change('A', '~/a'),
        create('A', '~/gone'),
        remove('A', '~/a/b'),
        create('A', '~/new'),
      ]);
      expect(answers).toContain('B1 event 2 "~/gone"');
    }
  });

  it('send events of unreadable znodes when they are set again', async () => {
    const lists = { data: ['~/a'], exist: ['~/a'], child: ['~/a'] };
    const answers = await alike([
      identify('A'),
      create('A', '~/a', 0, PRIVATE),
      ask('B', 'setWatches', { relativeZxid: 0n, ...lists }),
      change('A', '~/a'),
    ]);
    expect(answers.match(/B1 event \d/g)).toEqual(['B1 event 3', 'B1 event 1', 'B1 event 4']);
  });

  it('fire in the order of a multi, and not for a failed one', async () => {
    const transaction = [
      { op: 'create' as const, ...znode('~/b') },
      { op: 'setData' as const, path: '~/a', data: null, version: 0 },
      { op: 'delete' as const, path: '~/b', version: -1 },
      { op: 'create' as const, ...znode('~/c', 0, PRIVATE) },
    ];
    const answers = await alike([
      create('A', '~/a'),
      watchAll('B', '~', 1),
      watchAll('C', '~', 0),
      ask('C', 'exists', { path: '~/b', ...reading }),
      ask('A', 'multi', [...transaction, { op: 'check', path: '~/a', version: 0 }]),
      ask('A', 'multi', transaction),
    ]);
    expect(answers.match(/B1 event \d/g)).toEqual(['B1 event 1', 'B1 event 3', 'B1 event 2']);
    expect(answers.match(/C1 event \d/g)).toEqual(['C1 event 1', 'C1 event 4', 'C1 event 4', 'C1 event 4']);
  });
});
