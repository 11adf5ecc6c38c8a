/**
 * Builds `dist`: one file for each declaration that users can reach, and the code with its names, comments and lines in
 * few files: to load one for each class would take twice the time. The source maps give the lines of the repository.
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { build, type Rollup } from 'vite';
import { compile } from './build/compile.js';
import { Declarations } from './build/declarations.js';
import { toLineMap } from './build/line-map.js';
import { declaredDocstrings, indentedByTwo, withoutDeclared } from './build/readable-code.js';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

/** The entry points of package.json, without their extension. */
const ENTRIES = [
  'index',
  'recipes/blobs/index',
  'lib/embedded/index',
  'lib/http/index',
  'recipes/pollers/index',
  'recipes/remote/index',
  'lib/node-zookeeper-client/index',
  'testing/conformance/index',
  'lib/cli/main',
];
/** The entry points that can be imported, and therefore have types. */
const TYPED = ENTRIES.slice(0, -1);

/** The chunk of the core. */
const CORE = 'lib/core';
/** Nobody debugs the command: without its maps the package is as large as it may be. */
const COMMAND = join('lib', 'cli', '/');

/** Files of the core that import modules of Node, which browsers must not load with the rest. */
const OF_NODE = /\/(tls-flaws|turn-budget)\.js$/;

async function bundle(compiled: string): Promise<void> {
  const declared = await declaredDocstrings(dist);
  const load = async (file: string) => {
    const [code, map] = await Promise.all([readFile(file, 'utf8'), readFile(`${file}.map`, 'utf8')]);
    return indentedByTwo(withoutDeclared({ code, map: JSON.parse(map) as Rollup.ExistingRawSourceMap }, declared));
  };
  await build({
    configFile: false,
    root: compiled,
    logLevel: 'warn',
    esbuild: false,
    plugins: [{ name: 'compiled', load: (id) => (id.startsWith(compiled) ? load(id) : null) }],
    build: {
      ssr: true,
      outDir: dist,
      emptyOutDir: false,
      target: 'node20',
      minify: false,
      sourcemap: true,
      rollupOptions: {
        input: Object.fromEntries(ENTRIES.map((entry) => [entry, join(compiled, `${entry}.js`)])),
        output: {
          entryFileNames: '[name].js',
          chunkFileNames: ({ name, moduleIds }) => {
            // Named for the file that needs the other ones.
            const [needing = ''] = moduleIds.slice(-1);
            return name === CORE ? `${CORE}.js` : relative(compiled, needing);
          },
          // The main entry loads nearly all of it anyway, and each further chunk has imports and exports of its own.
          manualChunks: (id) => (id.includes('/lib/core/') && !OF_NODE.test(id) ? CORE : undefined),
          minifyInternalExports: false,
          sourcemapExcludeSources: true,
        },
      },
    },
  });
}

async function thinMaps(): Promise<void> {
  for (const name of await readdir(dist, { recursive: true })) {
    if (!name.endsWith('.map')) continue;
    const file = join(dist, name);
    if (name.startsWith(COMMAND)) {
      const code = file.slice(0, -'.map'.length);
      await rm(file);
      await writeFile(code, (await readFile(code, 'utf8')).replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n'));
      continue;
    }
    await writeFile(file, JSON.stringify(toLineMap(JSON.parse(await readFile(file, 'utf8')))));
  }
}

await rm(dist, { recursive: true, force: true });
const compiled = await mkdtemp(join(root, '.build-'));
try {
  compile(root, compiled);
  await new Declarations(compiled, TYPED).copyTo(dist);
  await bundle(compiled);
} finally {
  await rm(compiled, { recursive: true });
}
await thinMaps();
