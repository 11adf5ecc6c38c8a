import { beforeAll, describe, expect, it } from 'vitest';
import { Consumer } from './consumer.js';

/** An application that uses both entries. It prints what it saw, and ends by itself. */
const APP = `
import * as zk from 'zk-recipes';
import { DataDamagedError, EmbeddedZooKeeper } from 'zk-recipes/embedded';

async function failureOf(call) {
  try {
    await call();
  } catch (error) {
    return error;
  }
}

async function main() {
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const server = await EmbeddedZooKeeper.start({ logger });
  const client = await new zk.ZooKeeperClient(server.connectString, { logger }).connect();
  await client.create('/workers/one', 'v1', { makePath: true });
  const values = [];
  let called = () => {};
  const watch = new zk.DataWatch(client, '/workers/one', (data) => {
    values.push(String(data));
    called();
  });
  const children = new zk.ChildrenWatch(client, '/workers', () => {});
  await Promise.all([watch.ready, children.ready]);
  const settled = await new zk.PatientChildrenWatch(client, '/workers', { timeBoundary: 100 }).start();
  const twice = new Promise((resolve) => { called = resolve; });
  await client.setData('/workers/one', 'v2');
  await twice;
  const again = new Promise((resolve) => { called = resolve; });
  server.expireSession(client.sessionId);
  await client.retry(() => client.setData('/workers/one', 'v3'));
  await again;
  const missing = await failureOf(() => client.getData('/none'));
  const path = await failureOf(() => client.getData('none'));
  const { stat } = await client.getData('/workers/one');
  const stopped = await failureOf(() => client.setData('/workers/one', '', 99));
  await client.close();
  const closed = await failureOf(() => client.getData('/none'));
  await server.close();
  console.log(JSON.stringify({
    values,
    settled: settled.children,
    names: [missing, path, stopped, closed, new DataDamagedError('', { file: '', offset: 0 })].map(({ name }) => name),
    instances: [missing instanceof zk.NoNodeError, path instanceof zk.InvalidPathError, missing instanceof zk.InvalidPathError],
    version: JSON.parse(JSON.stringify(stat)).version,
    hasRequire: typeof globalThis.require,
  }));
}

main();
`;

const EXPECTED = {
  values: ['v1', 'v2', 'v3'],
  settled: ['one'],
  names: ['NoNodeError', 'InvalidPathError', 'BadVersionError', 'ClientClosedError', 'DataDamagedError'],
  instances: [true, true, false],
  version: 2,
  hasRequire: 'undefined',
};

const ROLLUP = (format: 'es' | 'cjs', file: string): string => `
import commonjs from '@rollup/plugin-commonjs';
import json from '@rollup/plugin-json';
import { nodeResolve } from '@rollup/plugin-node-resolve';
export default {
  input: 'app.js',
  output: { file: '${file}', format: '${format}', inlineDynamicImports: true },
  external: /^node:|^(assert|events|net|util)$/,
  plugins: [nodeResolve({ exportConditions: ['node'] }), commonjs(), json()],
};
`;

const WEBPACK = (mode: 'production' | 'development', isModule: boolean, file: string): string => `
import webpack from 'webpack';
const compiler = webpack({
  mode: '${mode}',
  target: 'node20',
  entry: './app.js',
  devtool: false,
  experiments: { outputModule: ${isModule} },
  output: { path: import.meta.dirname, filename: '${file}'${isModule ? ", library: { type: 'module' }" : ''} },
});
compiler.run((error, stats) => {
  const failed = error ?? (stats.hasErrors() ? new Error(stats.toString()) : null);
  if (failed) throw failed;
  compiler.close(() => {});
});
`;

const VITE = `
import { build } from 'vite';
await build({
  configFile: false,
  logLevel: 'error',
  ssr: { noExternal: true, target: 'node' },
  build: { ssr: 'app.js', outDir: '.', emptyOutDir: false, rollupOptions: { output: { entryFileNames: 'vite.mjs' } } },
});
`;

const esbuild = (...options: string[]): string[] => ['esbuild', 'app.js', '--bundle', '--platform=node', ...options];

interface Bundle {
  /** The configuration, or a program that makes the bundle. */
  readonly config?: readonly [file: string, text: string];
  readonly command: readonly [program: string, ...args: string[]];
}

const BUNDLES: Readonly<Record<string, Bundle>> = {
  'esbuild.mjs': { command: ['npx', ...esbuild('--format=esm', '--outfile=esbuild.mjs')] },
  'esbuild.min.mjs': { command: ['npx', ...esbuild('--format=esm', '--minify', '--outfile=esbuild.min.mjs')] },
  'esbuild.cjs': { command: ['npx', ...esbuild('--format=cjs', '--outfile=esbuild.cjs')] },
  'esbuild.min.cjs': { command: ['npx', ...esbuild('--format=cjs', '--minify', '--outfile=esbuild.min.cjs')] },
  'rollup.mjs': {
    config: ['es.config.js', ROLLUP('es', 'rollup.mjs')],
    command: ['npx', 'rollup', '-c', 'es.config.js'],
  },
  'rollup.cjs': {
    config: ['cjs.config.js', ROLLUP('cjs', 'rollup.cjs')],
    command: ['npx', 'rollup', '-c', 'cjs.config.js'],
  },
  'webpack.cjs': {
    config: ['webpack.build.js', WEBPACK('development', false, 'webpack.cjs')],
    command: ['node', 'webpack.build.js'],
  },
  'webpack.min.cjs': {
    config: ['webpack.min.build.js', WEBPACK('production', false, 'webpack.min.cjs')],
    command: ['node', 'webpack.min.build.js'],
  },
  'webpack.min.mjs': {
    config: ['webpack.mjs.build.js', WEBPACK('production', true, 'webpack.min.mjs')],
    command: ['node', 'webpack.mjs.build.js'],
  },
  'vite.mjs': { config: ['vite.build.js', VITE], command: ['node', 'vite.build.js'] },
};

describe('an application', () => {
  let consumer: Consumer;

  beforeAll(async () => {
    consumer = await Consumer.install(
      'esbuild@0.28',
      'rollup@4',
      '@rollup/plugin-commonjs@29',
      '@rollup/plugin-json@6',
      '@rollup/plugin-node-resolve@16',
      'webpack@5',
      'vite@7',
    );
    await consumer.write('app.js', APP);
  }, 300_000);

  it('runs without a bundler, and leaves no global behind', async () => {
    const { code, output } = await consumer.run('node', 'app.js');
    expect({ code, output: code === 0 ? JSON.parse(output) : output }).toEqual({ code: 0, output: EXPECTED });
    return () => consumer.remove();
  });

  for (const [file, { config, command }] of Object.entries(BUNDLES)) {
    it(`runs bundled as ${file}, in a folder without packages`, async () => {
      if (config) await consumer.write(...config);
      const built = await consumer.run(...command);
      expect(built).toMatchObject({ code: 0 });
      const { code, output } = await consumer.runAlone(file);

      expect({ code, output: code === 0 ? JSON.parse(output) : output }).toEqual({ code: 0, output: EXPECTED });
    });
  }
});
