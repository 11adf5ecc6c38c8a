import { afterEach, expect, it, onTestFinished, vi } from 'vitest';
import { ConnectionLossError } from '../../../lib/core/errors.js';
import { OBSERVING, TREE } from '../../../lib/core/limits.js';
import { FakeTreeClient } from '../../../testing/fake-tree-client.js';
import { pass } from '../../../testing/passing-time.js';
import { replaceProperty } from '../../../testing/replace-property.js';
import { recordTree } from '../../support/recorded-trees.js';

afterEach(() => {
  vi.useRealTimers();
});

it('a recursive watch that is gone without a word is armed again once a change was found', async () => {
  vi.useFakeTimers();
  const client = new FakeTreeClient();
  for (const path of ['/a', '/a/b']) client.tree.create(path);
  const { watch, calls } = recordTree(client, '/a');
  await pass(0);
  client.loseRecursive();
  for (const name of ['b', 'c']) client.tree.create(`/a/b/${name}`);
  client.tree.set('/a/b', 'unreported');
  await pass(2 * OBSERVING.recheckAfter);
  const found = calls.items.length;
  expect(calls.items.slice(1).flat()).toContain('modified /a/b');
  client.tree.set('/a/b', 'reported');
  await pass(0);
  expect(calls.items.slice(found)).toEqual([['modified /a/b']]);
  watch.stop();
});

it('a recursive watch that was gone without a word has all znodes read once it is armed again', async () => {
  vi.useFakeTimers();
  const client = new FakeTreeClient();
  client.tree.create('/a');
  const paths = Array.from({ length: 200 }, (_, nth) => `/a/${nth}`);
  for (const path of paths) client.tree.create(path);
  const { watch, calls } = recordTree(client, '/a');
  await pass(0);
  client.loseRecursive();
  for (const path of paths) client.tree.set(path, 'unreported');
  // By the reads of one or two at each tick alone it would take ten minutes.
  await pass(4 * OBSERVING.recheckTick);
  expect(calls.items.slice(1).flat().sort()).toEqual(paths.map((path) => `modified ${path}`).sort());
  watch.stop();
});

it('a recursive watch that was gone has all znodes read, those too that follow on a read that fails', async () => {
  vi.useFakeTimers();
  onTestFinished(replaceProperty(TREE.portion, 'znodes', 1));
  const client = new FakeTreeClient();
  client.tree.create('/a');
  const paths = Array.from({ length: 9 }, (_, nth) => `/a/${nth}`);
  for (const path of paths) client.tree.create(path);
  const { watch, calls } = recordTree(client, '/a');
  await pass(0);
  client.loseRecursive();
  for (const path of paths) client.tree.set(path, 'unreported');
  let hasFailed = false;
  client.readError = (operation, path) => {
    if (hasFailed || operation !== 'readMany' || path !== '/a/2') return undefined;
    hasFailed = true;
    return new ConnectionLossError('no answer');
  };
  while (!hasFailed) await pass(OBSERVING.recheckTick);
  await pass(OBSERVING.recheckTick);
  expect(calls.items.slice(1).flat().sort()).toEqual(paths.map((path) => `modified ${path}`));
  watch.stop();
});

it('a deletion that was found has not the zxid of an earlier one, which was reported', async () => {
  vi.useFakeTimers();
  const client = new FakeTreeClient();
  client.server.hasZxids = true;
  for (const path of ['/a', '/a/b']) client.tree.create(path);
  const { watch, changes } = recordTree(client, '/a');
  await pass(0);
  client.tree.delete('/a/b');
  await pass(0);
  client.tree.create('/a/b');
  await pass(0);
  client.loseRecursive();
  client.tree.delete('/a/b');
  await pass(2 * OBSERVING.recheckAfter);
  expect(changes.items.slice(2).map(({ type, zxid }) => [type, zxid])).toEqual([
    ['deleted', 3n],
    ['created', 4n],
    ['deleted', 5n],
  ]);
  watch.stop();
});
