import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');

interface Import {
  readonly from: string;
  /** A file of ours, from the root, or a package's name. */
  readonly to: string;
}

async function importsOf(folder: string): Promise<Import[]> {
  const names = await readdir(join(root, folder), { recursive: true });
  const files = names.filter((name) => name.endsWith('.ts')).map((name) => join(folder, name));
  const imports = files.map(async (from) => {
    const { importedFiles } = ts.preProcessFile(await readFile(join(root, from), 'utf8'));
    return importedFiles.map(({ fileName }) => ({ from, to: toTarget(from, fileName) }));
  });
  return (await Promise.all(imports)).flat();
}

function toTarget(from: string, specifier: string): string {
  return specifier.startsWith('.') ? relative(root, resolve(root, dirname(from), specifier)) : specifier;
}

const inLib = await importsOf('lib');
const inRecipes = await importsOf('recipes');
const all = [...inLib, ...inRecipes];

describe('the house', () => {
  it('is read at all', () => {
    expect(inLib).toContainEqual({ from: 'lib/zookeeper/client.ts', to: 'lib/zookeeper/session/session.js' });
    expect(inRecipes).toContainEqual({ from: 'recipes/watches/data-watch.ts', to: 'recipes/watches/node-watch.js' });
  });

  it('lets recipes know only the coordination client, the errors, the paths and small helpers', () => {
    const rooms = /^lib\/(zookeeper|embedded|protocol|cli)\//;
    expect(inRecipes.filter(({ to }) => rooms.test(to))).toEqual([]);
  });

  it('lets nothing in lib know a recipe, but for the command, which stands on what is published', () => {
    const mayKnow = ({ from, to }: Import) => from.startsWith('lib/cli/') && to === 'index.js';
    const known = inLib.filter(({ to }) => to.startsWith('recipes/') || to === 'index.js');
    expect(known.filter((each) => !mayKnow(each))).toEqual([]);
  });

  it('lets only the seam know node-zookeeper-client', () => {
    const importers = all.filter(({ to }) => to.startsWith('node-zookeeper-client')).map(({ from }) => from);
    expect(importers).toEqual(['lib/zookeeper/connection/node-zookeeper-connection.ts']);
  });

  it('lets the protocol know nothing of a client, nor of a server', () => {
    const rooms = /^lib\/(zookeeper|embedded|cli)\//;
    expect(inLib.filter(({ from, to }) => from.startsWith('lib/protocol/') && rooms.test(to))).toEqual([]);
  });

  it('lets the client and the embedded server know nothing of each other', () => {
    const between = (a: string, b: string) =>
      inLib.filter(({ from, to }) => from.startsWith(`lib/${a}/`) && to.startsWith(`lib/${b}/`));
    expect([...between('zookeeper', 'embedded'), ...between('embedded', 'zookeeper')]).toEqual([]);
  });

  it('lets nothing in the library know the command', () => {
    expect(all.filter(({ from, to }) => to.startsWith('lib/cli/') && !from.startsWith('lib/cli/'))).toEqual([]);
  });

  it('lets the journal know nothing of what it keeps', () => {
    const known = /^lib\/(core\/errors|embedded\/journal\/[\w-]+)\.js$|^node:/;
    expect(inLib.filter(({ from, to }) => from.startsWith('lib/embedded/journal/') && !known.test(to))).toEqual([]);
  });

  it('publishes by name, never by export *', async () => {
    expect(await readFile(join(root, 'index.ts'), 'utf8')).not.toMatch(/export \*/);
  });

  it('depends on few packages at run time', async () => {
    const { dependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    expect(Object.keys(dependencies)).toEqual(['@types/node', 'eventemitter3', 'node-zookeeper-client']);
  });
});
