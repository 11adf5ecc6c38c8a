import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { transformWithEsbuild } from 'vite';
import { describe, expect, it } from 'vitest';
import { childrenWatch, dataWatch, watchesOf } from '../../../recipes/decorators/index.js';
import { FakeClient } from '../../../testing/fake-client.js';
import { turn } from '../../../testing/passing-time.js';
import { Recorder } from '../../../testing/recorder.js';
import { runModule } from '../../../testing/run-module.js';
import { defineServices } from '../../fixtures/decorated-service.js';

const FIXTURE = fileURLToPath(new URL('../../fixtures/decorated-service.ts', import.meta.url));

type Define = typeof defineServices;
type CompilerOptions = Readonly<Record<string, string | boolean>>;

const source = await readFile(FIXTURE, 'utf8');

const compilers: Record<'tsc' | 'esbuild', (options: CompilerOptions) => Promise<string>> = {
  async tsc(options) {
    const compilerOptions = { module: 'esnext', target: 'es2022', ...options };
    const { options: converted } = ts.convertCompilerOptionsFromJson(compilerOptions, '.');
    return ts.transpileModule(source, { compilerOptions: converted }).outputText;
  },
  async esbuild(options) {
    const { target = 'es2022', ...compilerOptions } = options;
    const tsconfigRaw = { compilerOptions: { useDefineForClassFields: true, ...compilerOptions } };
    return (await transformWithEsbuild(source, FIXTURE, { loader: 'ts', target: String(target), tsconfigRaw })).code;
  },
};

/** Runs the code without vitest's own compiler. */
async function load(code: string): Promise<Define> {
  const url = `data:text/javascript;base64,${Buffer.from(code).toString('base64')}`;
  return ((await import(/* @vite-ignore */ url)) as { defineServices: Define }).defineServices;
}

function stage() {
  const client = new FakeClient();
  for (const path of ['/first', '/second', '/names', '/names/mail']) client.tree.create(path, path);
  const calls = new Recorder<string>();
  return { client, calls, tools: { dataWatch, childrenWatch, watchesOf, client, call: calls.record } };
}

async function expectToWork(define: Define): Promise<void> {
  const { client, calls, tools } = stage();
  const { Service, Special } = define(tools);
  await turn();
  expect(calls.items).toEqual(['class Service: /first']);
  calls.clear();

  const service = new Service('mail');
  expect(watchesOf(service).map(({ path }) => path)).toEqual(['/names/mail', '/first', '/second', '/names']);
  await turn();
  expect([...calls.items].sort()).toEqual([
    'mail: either /first',
    'mail: either /second',
    'mail: names mail',
    'mail: own /names/mail',
  ]);
  service.stop();
  calls.clear();

  const special = new Special('mail');
  await turn();
  expect([...calls.items].sort()).toEqual([
    'mail: names mail',
    'mail: own /names/mail',
    'mail: special /first!',
    'mail: special /second!',
  ]);
  special.stop();
  calls.clear();

  client.tree.set('/first', 'changed');
  await turn();
  expect(calls.items).toEqual(['class Service: changed']);
  for (const watch of watchesOf(Service)) watch.stop();
  expect(client.listenerCount).toBe(0);
}

describe('decorated methods', () => {
  it('work as vitest compiles them', async () => {
    await expectToWork(defineServices);
  });

  it.for([
    ['tsc', { target: 'es2022' }],
    ['tsc', { target: 'es2022', useDefineForClassFields: false }],
    ['tsc', { target: 'es2015' }],
    ['esbuild', { target: 'es2022' }],
    ['esbuild', { target: 'es2022', useDefineForClassFields: false }],
    ['esbuild', { target: 'node20' }],
    ['esbuild', { target: 'es2015' }],
  ] as const)('work as %s compiles them with %o', async ([compiler, options]) => {
    const code = await compilers[compiler](options);
    expect(code).not.toMatch(/@(data|children)Watch/);
    await expectToWork(await load(code));
  });

  it('work in a program that is run by tsx', async () => {
    const { code, lines, errors } = await runModule(`
      import { childrenWatch, dataWatch, watchesOf } from './recipes/decorators/index.ts';
      import { defineServices } from './spec/fixtures/decorated-service.ts';
      import { ZooKeeperClient } from './index.ts';
      import { EmbeddedZooKeeper } from './lib/embedded/index.ts';

      const server = await EmbeddedZooKeeper.start();
      const client = await new ZooKeeperClient(server.connectString).connect();
      for (const path of ['/first', '/second', '/names/mail']) await client.create(path, path, { makePath: true });
      const { Service, Special } = defineServices({ dataWatch, childrenWatch, watchesOf, client, call: console.log });
      for (const owner of [Service, new Special('mail')]) for (const watch of watchesOf(owner)) await watch.ready;
      await client.close();
      await server.close();
    `);
    expect({ code, errors, lines: [...lines].sort() }).toEqual({
      code: 0,
      errors: '',
      lines: [
        'class Service: /first',
        'mail: names mail',
        'mail: own /names/mail',
        'mail: special /first!',
        'mail: special /second!',
      ],
    });
  });

  it('are each a compile error under experimentalDecorators', () => {
    const program = ts.createProgram([FIXTURE], {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.NodeNext,
      lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
      types: ['node'],
      strict: true,
      noEmit: true,
      experimentalDecorators: true,
    });
    const file = program.getSourceFile(FIXTURE);
    const lineOf = (start: number) => file?.getLineAndCharacterOfPosition(start).line;
    const problems = program.getSemanticDiagnostics(file).map(({ start = 0 }) => lineOf(start));
    const decorators = [...source.matchAll(/@(data|children)Watch/g)].map(({ index }) => lineOf(index));
    expect(decorators).toHaveLength(5);
    expect(problems).toEqual(decorators);
  });
});
