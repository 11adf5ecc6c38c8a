/**
 * Builds `dist`: one file for each declaration that users can reach, and the code in few files, without comments and
 * indentation but with its names and with source maps. One file for each class would double the size of the package.
 */
import { execFile } from 'node:child_process';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { decode, encode } from '@jridgewell/sourcemap-codec';
import { build } from 'vite';

const run = promisify(execFile);
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

/** Files of the core that import modules of Node, which browsers must not load with the rest. */
const OF_NODE = /\/(tls-flaws|turn-budget)\.ts$/;

async function declare(): Promise<void> {
  await run(join(root, 'node_modules', '.bin', 'tsc'), ['-p', 'tsconfig.build.json'], { cwd: root });
  const needed = new Set<string>();
  for (const entry of TYPED) await visit(join(dist, `${entry}.d.ts`), needed);
  for (const name of await readdir(dist, { recursive: true })) {
    const file = join(dist, name);
    if (file.endsWith('.d.ts') && !needed.has(file)) await rm(file);
  }
}

/** Adds a declaration file, and those that it imports. */
async function visit(file: string, needed: Set<string>): Promise<void> {
  if (needed.has(file)) return;
  needed.add(file);
  const text = await readFile(file, 'utf8');
  for (const [, path = ''] of text.matchAll(/(?:from|import\()\s*'(\.[^']+)\.js'/g)) {
    await visit(join(dirname(file), `${path}.d.ts`), needed);
  }
}

async function bundle(): Promise<void> {
  await build({
    configFile: false,
    root,
    logLevel: 'warn',
    esbuild: {
      minifyWhitespace: true,
      minifySyntax: true,
      minifyIdentifiers: false,
      legalComments: 'none',
      lineLimit: 120,
    },
    build: {
      ssr: true,
      outDir: dist,
      emptyOutDir: false,
      target: 'node20',
      minify: 'esbuild',
      sourcemap: true,
      rollupOptions: {
        input: Object.fromEntries(ENTRIES.map((entry) => [entry, join(root, `${entry}.ts`)])),
        output: {
          entryFileNames: '[name].js',
          chunkFileNames: 'chunks/[name].js',
          // The main entry loads nearly all of it anyway, and each further chunk has imports and exports of its own.
          manualChunks: (id) => (id.includes('/lib/core/') && !OF_NODE.test(id) ? 'core' : undefined),
          sourcemapExcludeSources: true,
        },
      },
    },
  });
}

/** Keeps in the source maps the lines that stacks name, and not each column, which would take three times the space. */
async function thinMaps(): Promise<void> {
  for (const name of await readdir(dist, { recursive: true })) {
    if (!name.endsWith('.map')) continue;
    const file = join(dist, name);
    const map = JSON.parse(await readFile(file, 'utf8')) as { mappings: string; names: string[] };
    const lines = decode(map.mappings).map((segments) =>
      segments.flatMap(([column, source, line = 0, sourceColumn = 0], index) => {
        const before = segments[index - 1];
        if (source === undefined || (before?.[1] === source && before[2] === line)) return [];
        return [[column, source, line, sourceColumn] satisfies [number, number, number, number]];
      }),
    );
    await writeFile(file, JSON.stringify({ ...map, mappings: encode(lines), names: [] }));
  }
}

await rm(dist, { recursive: true, force: true });
await declare();
await bundle();
await thinMaps();
